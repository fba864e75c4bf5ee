namespace Provisioning.EndToEnd.Bed;

/// <summary>
/// A bed that a collection of tests has to itself, so that it may end any part of it while other tests go on. Which operator runs, and how many, is the test's choice: one alone, or
/// replicas of which one leads. These, and the API server, take precedence over everything else that runs: how soon one follows the other is promised in seconds.
/// </summary>
public sealed class OwnBed : RealBed
{
    private OperatorProcess _operator;

    /// <summary>Makes the bed.</summary>
    public OwnBed()
        : base("own", isUrgent: true)
    {
        _operator = Alone = NewOperator(Server.OperatorKubeconfig, "alone");
        First = NewOperator(Server.OperatorKubeconfig, "first", "--leader-election", "--lease-namespace=default");
        Second = NewOperator(Server.ReplicaKubeconfig, "second", "--leader-election", "--lease-namespace=default");
        First.IsUrgent = Second.IsUrgent = true;
    }

    /// <inheritdoc/>
    public override OperatorProcess Operator => _operator;

    /// <summary>An operator without leader election.</summary>
    public OperatorProcess Alone { get; }

    /// <summary>A replica, the API server's user provisioning-operator.</summary>
    public OperatorProcess First { get; }

    /// <summary>A replica, the API server's user provisioning-replica.</summary>
    public OperatorProcess Second { get; }

    /// <summary>Makes a namespace, with one operator and no other at work.</summary>
    /// <param name="story">A word that the namespace begins with.</param>
    /// <param name="operator">The operator.</param>
    public async Task<Lab> NewLabAsync(string story, OperatorProcess @operator)
    {
        await Server.StartAsync();
        _operator = @operator;
        return await MakeLabAsync(story);
    }

    /// <inheritdoc/>
    protected override async Task StartAsync()
    {
        await Server.WithAuditAsync();
        await base.StartAsync();
    }
}
