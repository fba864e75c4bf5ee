using Provisioning.CrdGenerator;

if (args is not [var crdFolder, var referenceFolder, .. var chartFolders])
{
    await Console.Error.WriteLineAsync($"Writes the CRDs, their reference page, and the chart's copy of the CRDs. Use: {GeneratedFiles.Command}");
    return 2;
}

Write(crdFolder, GeneratedFiles.Crds());
Write(referenceFolder, GeneratedFiles.Reference());
foreach (var folder in chartFolders)
    Write(folder, GeneratedFiles.Crds());
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
