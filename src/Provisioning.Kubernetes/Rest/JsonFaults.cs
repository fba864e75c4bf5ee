using Provisioning.Api.Text;

namespace Provisioning.Kubernetes.Rest;

/// <summary>Why JSON could not be read, fit for a message: the parser repeats what it could not read, which is anybody's and of any length.</summary>
internal static class JsonFaults
{
    private const int Longest = 400;

    public static string Text(Exception failure)
    {
        var text = failure.Message;
        return PrintableText.Line(text.Length <= Longest ? text : $"{text[..(Longest / 2)]} ... {text[^(Longest / 2)..]}");
    }
}
