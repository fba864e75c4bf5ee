namespace Provisioning.EndToEnd.Bed;

/// <summary>The bed of all tests that need none of their own, once for all of them: with one operator.</summary>
public sealed class TestBed : RealBed
{
    /// <summary>Makes the bed.</summary>
    public TestBed()
        : base("e2e") => Operator = NewOperator(Server.OperatorKubeconfig, "operator");

    /// <summary>kubectl with all rights, in the namespace default.</summary>
    public Kubectl Admin => Server.Admin;

    /// <inheritdoc/>
    public override OperatorProcess Operator { get; }

    /// <summary>Makes a namespace with a Provisioner for the VM host and the logins, and has the operator run.</summary>
    /// <param name="story">A word that the namespace begins with.</param>
    public Task<Lab> NewLabAsync(string story) => MakeLabAsync(story);

    /// <inheritdoc/>
    protected override async Task StartAsync()
    {
        await base.StartAsync();
        await Operator.StartAsync();
    }
}
