using Provisioning.Api.Text;

namespace Provisioning.Engines.XCat.Parsing;

/// <summary>What a command said, fit for a message: bounded, one line.</summary>
internal static class Excerpts
{
    public static string Of(string text) => PrintableText.Line(text.Length <= 300 ? text : text[..300]).Trim();
}
