namespace Provisioning.Api.Schema;

/// <summary>Names a resource kind for the CRD generator.</summary>
/// <param name="kind">Kind, for example Node.</param>
/// <param name="plural">Plural name in paths.</param>
/// <param name="shortNames">Short names for kubectl.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class KubernetesEntityAttribute(string kind, string plural, params string[] shortNames) : Attribute
{
    /// <summary>Kind.</summary>
    public string Kind { get; } = kind;

    /// <summary>Plural name.</summary>
    public string Plural { get; } = plural;

    /// <summary>Short names.</summary>
    public IReadOnlyList<string> ShortNames { get; } = shortNames;
}

/// <summary>A column of <c>kubectl get</c>, in the order of declaration.</summary>
/// <param name="name">Heading.</param>
/// <param name="type">string, integer or date.</param>
/// <param name="jsonPath">Path into the object.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class PrinterColumnAttribute(string name, string type, string jsonPath) : Attribute
{
    /// <summary>Heading.</summary>
    public string Name { get; } = name;

    /// <summary>OpenAPI type.</summary>
    public string Type { get; } = type;

    /// <summary>Path into the object.</summary>
    public string JsonPath { get; } = jsonPath;

    /// <summary>1 shows the column with <c>-o wide</c> only.</summary>
    public int Priority { get; init; }

    /// <summary>What the column shows.</summary>
    public string? Description { get; init; }
}

/// <summary>A validation rule in CEL on a type or field; older API servers ignore it, so the operator checks the same in code.</summary>
/// <param name="rule">The CEL expression; must be true.</param>
/// <param name="message">Begins with "must".</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Property, AllowMultiple = true)]
public sealed class CelAttribute(string rule, string message) : Attribute
{
    /// <summary>The CEL expression.</summary>
    public string Rule { get; } = rule;

    /// <summary>What the user reads when it is false.</summary>
    public string Message { get; } = message;
}

/// <summary>Marks a list whose items are told apart by keys, so that server-side apply merges it item by item.</summary>
/// <param name="keys">JSON names of the key fields.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListMapAttribute(params string[] keys) : Attribute
{
    /// <summary>JSON names of the key fields.</summary>
    public IReadOnlyList<string> Keys { get; } = keys;
}

/// <summary>Bounds of a list; every list has them, since CEL cost limits and etcd need them.</summary>
/// <param name="maximum">Most items.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ItemsAttribute(int maximum) : Attribute
{
    /// <summary>Most items.</summary>
    public int Maximum { get; } = maximum;

    /// <summary>Fewest items.</summary>
    public int Minimum { get; init; }

    /// <summary>Longest string, for lists of strings.</summary>
    public int MaximumItemLength { get; init; }

    /// <summary>Pattern of each string, for lists of strings.</summary>
    public string? ItemPattern { get; init; }
}
