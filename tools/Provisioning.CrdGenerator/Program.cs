using Provisioning.CrdGenerator;

if (args is not [var crdFolder, var referenceFolder])
{
    await Console.Error.WriteLineAsync("Writes the CRDs and their reference page. Use: dotnet run --project tools/Provisioning.CrdGenerator -- crds docs/reference");
    return 2;
}

Write(crdFolder, GeneratedFiles.Crds());
Write(referenceFolder, GeneratedFiles.Reference());
return 0;

static void Write(string folder, IReadOnlyDictionary<string, string> files)
{
    Directory.CreateDirectory(folder);
    foreach (var (name, text) in files)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        Console.WriteLine(path);
    }
}
