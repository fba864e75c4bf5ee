using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Provisioning.Api.Meta;
using Provisioning.Api.Text;
using Provisioning.Kubernetes.Rest.BuiltIn;

namespace Provisioning.Kubernetes.Events;

/// <summary>Makes the objects that are written.</summary>
internal static class EventObjects
{
    /// <summary>The API refuses longer notes; it counts bytes.</summary>
    public const int MaxNoteBytes = 1024;

    private const int MaxNameLength = 253;

    /// <summary>
    /// Name and namespace of the event: from what it is about and when it first occurred, so that a write that is repeated after a lost reply finds itself.
    /// </summary>
    public static NamespacedName NameOf(Occurrence first, string instance)
    {
        var (subject, type, reason, action, fact) = first.Key;
        var identity = string.Join('\n', subject.Kind, subject.Uid, type, reason, action, fact, instance, first.At.UtcTicks.ToString(CultureInfo.InvariantCulture));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..16];
        var prefix = subject.Name.Name;
        if (prefix.Length > MaxNameLength - 17)
            prefix = prefix[..(MaxNameLength - 17)].TrimEnd('.', '-');

        // Events of cluster-scoped objects live in the namespace "default".
        return new NamespacedName(subject.Name.Namespace.Length == 0 ? "default" : subject.Name.Namespace, $"{prefix}.{hash}");
    }

    public static Event Create(EventWrite write, string controller, string instance)
    {
        var (subject, type, reason, action, _) = write.First.Key;
        var name = NameOf(write.First, instance);
        return new Event
        {
            Metadata = new ObjectMeta { Name = name.Name, Namespace = name.Namespace },
            EventTime = write.First.At,
            ReportingController = controller,
            ReportingInstance = instance,
            Type = type == EventType.Warning ? "Warning" : "Normal",
            Reason = reason,
            Action = action,
            Note = Cut(write.First.Note),
            Regarding = new ObjectReference
            {
                ApiVersion = subject.ApiVersion,
                Kind = subject.Kind,
                Namespace = subject.Name.Namespace.Length == 0 ? null : subject.Name.Namespace,
                Name = subject.Name.Name,
                Uid = subject.Uid,
            },
            Series = write.Count < 2 ? null : new EventSeries { Count = write.Count, LastObservedTime = write.LastAt },
        };
    }

    /// <summary>All that may change in an event is its series.</summary>
    public static JsonNode SeriesPatch(EventWrite write) => new JsonObject
    {
        ["series"] = new JsonObject
        {
            ["count"] = write.Count,
            ["lastObservedTime"] = write.LastAt.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
        },
    };

    public static string Cut(string note)
    {
        note = PrintableText.Line(note);
        if (Encoding.UTF8.GetByteCount(note) <= MaxNoteBytes)
            return note;
        const string ellipsis = "...";
        var buffer = new byte[MaxNoteBytes - ellipsis.Length];

        // The encoder stops before a character that does not fit whole.
        Encoding.UTF8.GetEncoder().Convert(note, buffer, flush: false, out _, out var used, out _);
        return Encoding.UTF8.GetString(buffer, 0, used) + ellipsis;
    }
}
