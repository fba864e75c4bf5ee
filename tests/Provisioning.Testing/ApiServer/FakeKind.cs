namespace Provisioning.Testing.ApiServer;

/// <summary>A kind that the server serves, as a CustomResourceDefinition would declare it.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">API version.</param>
/// <param name="Kind">Kind.</param>
/// <param name="Plural">Plural name in paths.</param>
/// <param name="IsNamespaced">Whether its objects live in namespaces.</param>
/// <param name="HasStatus">Whether it has the status subresource and a generation, as our own kinds; built-in data kinds such as Secret have neither.</param>
public sealed record FakeKind(string Group, string Version, string Kind, string Plural, bool IsNamespaced = true, bool HasStatus = true)
{
    /// <summary>The built-in kinds that the operator uses.</summary>
    public static IReadOnlyList<FakeKind> BuiltIn { get; } =
    [
        new("", "v1", "Secret", "secrets", HasStatus: false),
        new("", "v1", "ConfigMap", "configmaps", HasStatus: false),
        new("coordination.k8s.io", "v1", "Lease", "leases", HasStatus: false),
        new("events.k8s.io", "v1", "Event", "events", HasStatus: false),
    ];

    internal string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    internal string Resource => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}
