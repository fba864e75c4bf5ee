using Microsoft.Extensions.Logging;

namespace Provisioning.Engines.Libvirt;

internal static partial class LibvirtLog
{
    [LoggerMessage(4001, LogLevel.Warning, "Operation {Operation} of the Node {Namespace}/{Name} waits: {Why}")]
    public static partial void Interrupted(ILogger logger, string @namespace, string name, string operation, string why);
}
