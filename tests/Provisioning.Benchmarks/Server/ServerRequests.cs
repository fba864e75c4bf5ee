using System.Globalization;
using System.Text.RegularExpressions;

namespace Provisioning.Benchmarks.Server;

/// <summary>The API server's own count of requests, from its metric <c>apiserver_request_total</c>.</summary>
internal sealed partial class ServerRequests
{
    private static readonly string[] Writing = ["POST", "PUT", "PATCH", "APPLY", "DELETE"];

    // The API server writes Leases and Services of its own; what the operator writes lies in these groups.
    private static readonly string[] Groups = ["provisioning.dev", "events.k8s.io"];

    private readonly Dictionary<RequestKind, long> _counts;

    private ServerRequests(Dictionary<RequestKind, long> counts) => _counts = counts;

    /// <summary>Writes by all users in the operator's API groups.</summary>
    public long Writes => _counts.Sum(pair => pair.Value);

    /// <summary>Writes that were refused because the object had changed.</summary>
    public long Conflicts => _counts.Where(pair => pair.Key.Code == "409").Sum(pair => pair.Value);

    /// <summary>Reads the metrics text of an API server.</summary>
    public static ServerRequests Parse(string metrics)
    {
        var counts = new Dictionary<RequestKind, long>();
        foreach (Match match in Sample().Matches(metrics))
        {
            var labels = Label().Matches(match.Groups["labels"].Value).ToDictionary(label => label.Groups["name"].Value, label => label.Groups["value"].Value, StringComparer.Ordinal);
            if (!Writing.Contains(labels["verb"]) || !Groups.Contains(labels["group"]))
                continue;
            var kind = new RequestKind(labels["verb"], labels["resource"], labels["subresource"], labels["code"]);
            counts[kind] = counts.GetValueOrDefault(kind) + (long)double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture);
        }

        return new(counts);
    }

    /// <summary>What came since an earlier reading.</summary>
    public ServerRequests Since(ServerRequests before) => new(_counts
        .Select(pair => KeyValuePair.Create(pair.Key, pair.Value - before._counts.GetValueOrDefault(pair.Key)))
        .Where(pair => pair.Value != 0)
        .ToDictionary());

    /// <summary>Writes that succeeded to one resource and subresource.</summary>
    public long To(string resource, string subresource = "") =>
        _counts.Where(pair => pair.Key.Resource == resource && pair.Key.Subresource == subresource && pair.Key.Code.StartsWith('2')).Sum(pair => pair.Value);

    /// <inheritdoc/>
    public override string ToString() => _counts.Count == 0
        ? "none"
        : string.Join(", ", _counts.OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Value} {pair.Key.Verb} {pair.Key.Resource}{(pair.Key.Subresource.Length > 0 ? "/" : "")}{pair.Key.Subresource} {pair.Key.Code}"));

    [GeneratedRegex("""^apiserver_request_total\{(?<labels>[^}]*)\} (?<value>\S+)$""", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Sample();

    [GeneratedRegex("(?<name>\\w+)=\"(?<value>[^\"]*)\"", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Label();

    private sealed record RequestKind(string Verb, string Resource, string Subresource, string Code);
}
