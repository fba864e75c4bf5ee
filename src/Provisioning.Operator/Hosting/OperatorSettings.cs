namespace Provisioning.Operator.Hosting;

/// <summary>Settings of the process: command line (<c>--name=value</c>) or environment (<c>PROVISIONING_NAME</c>).</summary>
public sealed class OperatorSettings
{
    /// <summary>Path of a kubeconfig. Without it: as kubectl finds it, else the pod's service account.</summary>
    public string? Kubeconfig { get; set; }

    /// <summary>The only namespaces to look at; none: all of them.</summary>
    public IReadOnlyList<string> WatchNamespaces { get; set; } = [];

    /// <summary>true lets one of several replicas work at a time, by a Lease.</summary>
    public bool LeaderElection { get; set; }

    /// <summary>Name of the Lease. Two operators in one namespace that watch different ones need a Lease each.</summary>
    public string LeaseName { get; set; } = "provisioning-operator";

    /// <summary>Namespace of the Lease; empty: the pod's own.</summary>
    public string LeaseNamespace { get; set; } = "";

    /// <summary>Where /healthz and /readyz answer.</summary>
    public string Listen { get; set; } = "http://0.0.0.0:8081";

    /// <summary>Nodes that are worked on at the same time. Most of the time they wait for machines, so this is far above the number of processors.</summary>
    public int Concurrency { get; set; } = 64;

    /// <summary>How log lines look: Text for people, Json for machines.</summary>
    public LogFormat LogFormat { get; set; } = LogFormat.Text;

    /// <summary>The least important lines that are logged.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    /// <summary>
    /// Reads the settings. An unknown or misspelt argument is an error; an unknown variable is not, since Kubernetes itself sets some of this prefix for
    /// every Service of such a name.
    /// </summary>
    /// <exception cref="ArgumentException">A setting is unknown or has a value that cannot be used.</exception>
    public static OperatorSettings Parse(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var settings = new OperatorSettings();
        const string prefix = "PROVISIONING_";
        foreach (var (name, value) in environment.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)))
            settings.TrySet(name[prefix.Length..].Replace('_', '-').ToLowerInvariant(), value, $"the variable {name}");

        foreach (var argument in arguments)
        {
            var parts = argument.Split('=', 2);
            var name = parts[0].StartsWith("--", StringComparison.Ordinal) ? parts[0][2..] : "";
            if (parts.Length == 1 && name is "kubeconfig" or "watch-namespace" or "lease-name" or "lease-namespace" or "listen" or "concurrency" or "log-format" or "log-level")
                throw Bad(argument, "followed by = and a value");
            if (!settings.TrySet(name, parts.Length == 2 ? parts[1] : "true", argument))
                throw new ArgumentException($"Unknown argument '{argument}'. Known: --kubeconfig=FILE --watch-namespace=NAME[,NAME...] --leader-election --lease-name=NAME --lease-namespace=NAME --listen=URL --concurrency=N --log-format=text|json --log-level=debug|information|warning|error --version", nameof(arguments));
        }

        return settings;
    }

    private bool TrySet(string name, string value, string source)
    {
        switch (name)
        {
            case "kubeconfig":
                Kubeconfig = value.Length > 0 ? value : null;
                return true;
            case "watch-namespace":
                WatchNamespaces = [.. value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];
                return WatchNamespaces.All(IsName) ? true : throw Bad(source, "names of namespaces, separated by commas");
            case "leader-election":
                LeaderElection = bool.TryParse(value, out var on) ? on : throw Bad(source, "true or false");
                return true;
            case "lease-name":
                LeaseName = value.Length > 0 && IsName(value) ? value : throw Bad(source, "the name of a Lease, such as provisioning-operator");
                return true;
            case "lease-namespace":
                LeaseNamespace = value;
                return true;
            case "listen":
                Listen = Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp ? value : throw Bad(source, "a URL such as http://0.0.0.0:8081");
                return true;
            case "concurrency":
                Concurrency = int.TryParse(value, out var number) && number is >= 1 and <= 10000 ? number : throw Bad(source, "a number from 1 to 10000");
                return true;
            case "log-format":
                LogFormat = Enum.TryParse<LogFormat>(value, ignoreCase: true, out var format) && Enum.IsDefined(format) ? format : throw Bad(source, "text or json");
                return true;
            case "log-level":
                LogLevel = Enum.TryParse<LogLevel>(value, ignoreCase: true, out var level) && level is >= LogLevel.Debug and <= LogLevel.Error && !int.TryParse(value, out _) ? level : throw Bad(source, "debug, information, warning or error");
                return true;
            default:
                return false;
        }
    }

    private static bool IsName(string text) => text.Length <= 63 && text.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');

    private static ArgumentException Bad(string source, string wanted) => new($"{source} must be {wanted}.", nameof(source));
}
