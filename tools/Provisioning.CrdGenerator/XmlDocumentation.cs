using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Provisioning.Api;

namespace Provisioning.CrdGenerator;

/// <summary>The summaries of the API types, out of the XML file that the compiler writes beside the assembly.</summary>
internal sealed partial class XmlDocumentation
{
    private readonly Dictionary<string, XElement> _members;

    private XmlDocumentation(XDocument document) =>
        _members = document.Descendants("member").ToDictionary(member => (string)member.Attribute("name")!, StringComparer.Ordinal);

    internal static XmlDocumentation OfApi() =>
        new(XDocument.Load(Path.ChangeExtension(typeof(ApiGroup).Assembly.Location, ".xml"), LoadOptions.PreserveWhitespace));

    internal string Summary(Type type) => Text($"T:{Id(type)}") ?? throw Undocumented(type.FullName);

    /// <summary>The summary of a property; <c>inheritdoc</c> leads to the base class or interface that documents it.</summary>
    internal string Summary(PropertyInfo property) =>
        DeclaringTypes(property).Select(type => Text($"P:{Id(type)}.{property.Name}")).FirstOrDefault(text => text is not null)
        ?? throw Undocumented($"{property.DeclaringType}.{property.Name}");

    internal string Summary(Type enumeration, string value) =>
        Text($"F:{Id(enumeration)}.{value}") ?? throw Undocumented($"{enumeration}.{value}");

    private static IEnumerable<Type> DeclaringTypes(PropertyInfo property)
    {
        for (var type = property.ReflectedType; type is not null; type = type.BaseType)
            yield return type;
        foreach (var contract in property.ReflectedType!.GetInterfaces())
            yield return contract;
    }

    private static string Id(Type type) =>
        (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    private string? Text(string id)
    {
        if (!_members.TryGetValue(id, out var member) || member.Element("summary") is not { } summary)
            return null;

        return Whitespace().Replace(string.Concat(summary.Nodes().Select(Text)), " ").Trim();
    }

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement element when (element.Attribute("cref") ?? element.Attribute("langword")) is { } target => target.Value[(target.Value.LastIndexOfAny(['.', ':']) + 1)..],
        XElement element => string.Concat(element.Nodes().Select(Text)),
        _ => "",
    };

    private static InvalidOperationException Undocumented(string? what) =>
        new($"{what} has no <summary>. Write one: it becomes the text of kubectl explain.");

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Whitespace();
}
