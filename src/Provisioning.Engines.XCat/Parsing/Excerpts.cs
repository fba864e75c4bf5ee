namespace Provisioning.Engines.XCat.Parsing;

/// <summary>What a command said, fit for a message: bounded, one line.</summary>
internal static class Excerpts
{
    public static string Of(string text) => string.Concat(text.Take(300).Select(c => char.IsControl(c) ? ' ' : c)).Trim();
}
