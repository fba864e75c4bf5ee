namespace Provisioning.Engines.XCat.Sharing;

/// <summary>Splits names into questions of bounded length. Pure.</summary>
internal static class Chunks
{
    public static IEnumerable<IReadOnlyList<string>> Of(IEnumerable<string> names, int mostNames, int mostCharacters)
    {
        List<string> chunk = [];
        var characters = 0;
        foreach (var name in names)
        {
            if (chunk.Count > 0 && (chunk.Count == mostNames || characters + name.Length + 1 > mostCharacters))
            {
                yield return chunk;
                (chunk, characters) = ([], 0);
            }

            chunk.Add(name);
            characters += name.Length + 1;
        }

        if (chunk.Count > 0)
            yield return chunk;
    }
}
