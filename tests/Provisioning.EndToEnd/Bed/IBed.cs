namespace Provisioning.EndToEnd.Bed;

/// <summary>What a <see cref="Lab"/> lies in.</summary>
public interface IBed
{
    /// <summary>Kubeconfig with all rights.</summary>
    string Kubeconfig { get; }

    /// <summary>The VM host.</summary>
    VmHost Host { get; }

    /// <summary>The operator that clears a lab away.</summary>
    OperatorProcess Operator { get; }
}
