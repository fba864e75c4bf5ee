using System.Globalization;
using System.Text;

namespace Provisioning.Simulation.Worlds;

/// <summary>The table of faults, for people.</summary>
internal static class FaultTexts
{
    private static readonly Dictionary<FaultKind, string> Texts = new()
    {
        [FaultKind.KilledBeforeEffect] = "operator killed right before a call has its effect",
        [FaultKind.KilledAfterEffect] = "operator killed right after a call had its effect, before the reply",
        [FaultKind.RequestLost] = "request lost on its way",
        [FaultKind.ReplyLost] = "reply lost after the effect",
        [FaultKind.NoReply] = "effect, and no reply ever",
        [FaultKind.LateEffect] = "connection lost, and the effect happens up to five minutes later",
        [FaultKind.Conflict] = "API server: 409",
        [FaultKind.TooManyRequests] = "API server: 429, with and without Retry-After",
        [FaultKind.ServerError] = "API server: 500",
        [FaultKind.Unavailable] = "API server: 503",
        [FaultKind.StalledBody] = "API server: body stalls half way",
        [FaultKind.CutBody] = "API server: connection breaks half way in the body",
        [FaultKind.WatchDropped] = "watch breaks after some events",
        [FaultKind.WatchLate] = "watch events up to 20 s late",
        [FaultKind.WatchRepeated] = "watch events repeated, old after new",
        [FaultKind.WatchSilent] = "watch goes silent and does not end",
        [FaultKind.HistoryForgotten] = "API server forgets its history: 410",
        [FaultKind.StaleList] = "list of an old state",
        [FaultKind.ApiAway] = "API server away for 1 to 5 min",
        [FaultKind.CutOff] = "one operator cut off from the API server for 5 to 60 s, and not from the machines",
        [FaultKind.Killed] = "operator killed at any moment",
        [FaultKind.Stopped] = "operator stopped and started again",
        [FaultKind.Frozen] = "operator frozen up to 2 min, the leader too, and coming back",
        [FaultKind.ClockJump] = "operator's clock jumps up to 2 min either way",
        [FaultKind.EndpointDown] = "provisioner's endpoint does not answer",
        [FaultKind.MachineUnreachable] = "machine unreachable",
        [FaultKind.SystemUnreachable] = "system on the machine does not answer",
        [FaultKind.LoginRefused] = "login refused",
        [FaultKind.MachineRebooted] = "machine rebooted by somebody",
        [FaultKind.MachineSwitchedOff] = "machine switched off by somebody",
        [FaultKind.MachineDestroyed] = "machine and disk destroyed by somebody",
        [FaultKind.MachineTampered] = "machine tainted, installed anew, or its identity garbled or removed",
        [FaultKind.StaleLook] = "endpoint shows an old state",
        [FaultKind.StepStuck] = "step of an operation never ends",
        [FaultKind.HalfDone] = "load stops half way",
        [FaultKind.DiskFull] = "disk full in mid-load or mid-capture",
        [FaultKind.ImageFileLost] = "image file removed by somebody",
        [FaultKind.NodeChanged] = "Node changed",
        [FaultKind.NodeMoved] = "Node given another machine, which may be another Node's",
        [FaultKind.NodeDeleted] = "Node deleted",
        [FaultKind.NodeCreated] = "Node created again",
        [FaultKind.TokenSet] = "reset or reload asked for",
        [FaultKind.ImageReplaced] = "Image deleted and created with other contents",
        [FaultKind.ImageDeleted] = "Image deleted",
        [FaultKind.ProvisionerChanged] = "Provisioner changed",
        [FaultKind.ProvisionerDeleted] = "Provisioner deleted",
        [FaultKind.SecretChanged] = "Secret changed",
        [FaultKind.SecretDeleted] = "Secret deleted",
        [FaultKind.CaptureCreated] = "ImageCapture created",
        [FaultKind.CaptureDeleted] = "ImageCapture deleted",
    };

    /// <summary>A Markdown table of all kinds: how often they happened, and in how many runs that had them something was not as it must be.</summary>
    /// <summary>The rows of the table, the sum last.</summary>
    public static IReadOnlyList<string> Rows { get; } = [.. Enum.GetValues<FaultKind>().Select(kind => Texts[kind]), "all"];

    public static string Table(IReadOnlyCollection<(bool Survived, IReadOnlyDictionary<FaultKind, int> Faults)> runs)
    {
        var text = new StringBuilder("| fault | injected | runs with it | survived | lost or done twice |\n| --- | ---: | ---: | ---: | --- |\n");
        foreach (var kind in Enum.GetValues<FaultKind>())
        {
            var with = runs.Where(run => run.Faults.ContainsKey(kind)).ToList();
            Row(Texts[kind], with.Sum(run => run.Faults[kind]), with);
        }

        Row("all", runs.Sum(run => run.Faults.Values.Sum()), runs);
        return text.ToString();

        void Row(string fault, int injected, IReadOnlyCollection<(bool Survived, IReadOnlyDictionary<FaultKind, int> Faults)> with)
        {
            var survived = with.Count(run => run.Survived);
            text.Append(CultureInfo.InvariantCulture, $"| {fault} | {injected} | {with.Count} | {survived} | {(survived == with.Count ? "nothing" : "see the seeds that failed")} |\n");
        }
    }
}
