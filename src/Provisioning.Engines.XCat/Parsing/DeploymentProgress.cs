namespace Provisioning.Engines.XCat.Parsing;

/// <summary>How far an installation over the network is.</summary>
internal enum DeploymentState
{
    /// <summary>Under way.</summary>
    Running,

    /// <summary>The image is on the machine.</summary>
    Done,

    /// <summary>The node says that it failed.</summary>
    Failed,

    /// <summary>The management node gave up waiting for an operator, and set the node to boot from its disk.</summary>
    Expired,
}

/// <summary>
/// Judges an installation by what was seen of it since it began. Pure. That the node is set to boot from its disk proves nothing by itself: it must have been seen at
/// work, otherwise the old system may simply have started again.
/// </summary>
internal static class DeploymentProgress
{
    /// <summary>The line that the watch on the management node leaves when it gives up.</summary>
    public const string ExpiredMark = "expired";

    /// <param name="target">What the node was set to.</param>
    /// <param name="now">What xCAT says of it now.</param>
    /// <param name="seen">What the watch saw since then, oldest first: "CURRSTATE|STATUS".</param>
    public static DeploymentState Judge(BootTarget target, NodeDefinition now, IReadOnlyList<string> seen)
    {
        if (seen.Contains(ExpiredMark))
            return DeploymentState.Expired;
        var statuses = seen.Select(StatusOf).Append(now.Status).ToList();
        if (now.Status == "failed")
            return DeploymentState.Failed;
        return target switch
        {
            BootTarget.Install => BootTargets.Read(now.CurrentState) == BootTarget.Disk && statuses.Contains("installing") ? DeploymentState.Done : DeploymentState.Running,
            BootTarget.Netboot => statuses.Contains("netbooting") && now.Status is "booting" or "booted" ? DeploymentState.Done : DeploymentState.Running,
            _ => DeploymentState.Running,
        };
    }

    private static string StatusOf(string seen) => seen.Split('|')[^1];
}
