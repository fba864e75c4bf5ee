using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Provisioning.Api.Images;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Conformance.Remote;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.XCat.Tests.Support;

/// <summary>The commands of xCAT as scripts, in a directory of their own, and what they keep: nodes, osimages, faults.</summary>
internal sealed class StubXCat : IDisposable
{
    private static readonly string[] Commands =
        ["rpower", "rinv", "nodels", "nodestat", "nodeset", "rsetboot", "chdef", "lsdef", "imgcapture", "packimage", "mkdef", "rmdef", "lsxcatd"];

    public StubXCat()
    {
        Root = Directory.CreateTempSubdirectory("provisioning-xcat-").FullName;
        foreach (var name in new[] { "bin", "state/nodes", "state/osimages", "state/groups", "faults", "install/image", "install/custom", "share/xcat/install/image" })
            Directory.CreateDirectory(Path.Combine(Root, name));
        var script = Path.Combine(Root, "bin", "xcat.sh");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Stub", "xcat.sh"), script);
        using (var chmod = Process.Start("chmod", ["700", script]))
            chmod.WaitForExit();
        foreach (var command in Commands)
            File.CreateSymbolicLink(Path.Combine(Root, "bin", command), "xcat.sh");
        File.WriteAllText(Path.Combine(Root, "share/xcat/install/image/default.tmpl"), "base\n");
    }

    public string Root { get; }

    public XCatSpec Spec => new()
    {
        Address = "management",
        HostKeys = ["ssh-ed25519 AAAA"],
        XCatRoot = Root,
        WorkDirectory = Path.Combine(Root, "work"),
        ImageDirectory = Path.Combine(Root, "install", "image"),
        Installation = "test",
    };

    /// <summary>Every command that was run, with its arguments.</summary>
    public IReadOnlyList<string> Ran => File.Exists(Path.Combine(Root, "commands")) ? File.ReadAllLines(Path.Combine(Root, "commands")) : [];

    public int Count(string command) => Ran.Count(line => line.StartsWith(command, StringComparison.Ordinal));

    public void AddNode(string name, string power = "off")
    {
        Directory.CreateDirectory(NodePath(name));
        (this[name, "power"], this[name, "currstate"], this[name, "status"], this[name, "boots"]) = (power, "boot", power == "on" ? "booted" : "", "0");
    }

    public string this[string node, string attribute]
    {
        get => File.Exists(Path.Combine(NodePath(node), attribute)) ? File.ReadAllText(Path.Combine(NodePath(node), attribute)).TrimEnd('\n') : "";
        set => File.WriteAllText(Path.Combine(NodePath(node), attribute), value + "\n");
    }

    /// <summary>The node as a load through the commands leaves it.</summary>
    public void Load(string name, string image, string style, bool isOn)
    {
        (this[name, "content"], this[name, "provmethod"], this[name, "boots"]) = (image, image, "1");
        (this[name, "currstate"], this[name, "power"], this[name, "status"]) = (style == "netboot" ? "netboot debian12-x86_64-compute" : "boot", isOn ? "on" : "off", isOn ? "booted" : "powering-off");
        if (style == "partitions")
            (this[name, "os"], this[name, "profile"]) = ("image", image);
        AddEffect(name, "deployed");
    }

    public IReadOnlyList<string> Effects(string node) => this[node, "effects"].Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public void AddEffect(string node, string effect) => File.AppendAllText(Path.Combine(NodePath(node), "effects"), effect + "\n");

    /// <summary>Has a command fail for a node, or "command" for all of it, or "all".</summary>
    public void Fail(string node, string command, string how, bool once = false) => File.WriteAllText(FaultPath(node, command, once), how + "\n");

    public void Mend(string node, string command)
    {
        File.Delete(FaultPath(node, command, once: false));
        File.Delete(FaultPath(node, command, once: true));
    }

    /// <summary>Phases of an installation that pass with each look.</summary>
    public void Speed(int phases) => File.WriteAllText(Path.Combine(Root, "speed"), $"{phases}\n");

    /// <summary>An osimage of a distribution's packages, as kickstart installs it, or one that runs from memory.</summary>
    public ImageTarget AddOsImage(string name, string method = "install")
    {
        var template = Path.Combine(Root, "install", "custom", name + ".tmpl");
        File.WriteAllText(template, $"template of {name}\n");
        List<string> lines = ["imagetype=linux", "osarch=x86_64", "osname=Linux", "osvers=debian12", "profile=compute", $"provmethod={method}", "usercomment=by a test"];
        if (method == "install")
        {
            lines.Add($"template={template}");
        }
        else
        {
            var directory = Directory.CreateDirectory(Path.Combine(Root, "install", "netboot", "debian12", "x86_64", name + "-profile")).FullName;
            foreach (var file in new[] { "kernel", "initrd-stateless.gz", "rootimg.gz" })
                File.WriteAllText(Path.Combine(directory, file), $"{file} of {name}");
            lines.Add($"rootimgdir={directory}");
        }

        File.WriteAllLines(Path.Combine(Root, "state", "osimages", name), lines);
        return Image(name, ImageFormat.OsImage);
    }

    public ImageTarget AddPartitions(string name)
    {
        var directory = Path.Combine(Root, "install", "image");
        File.WriteAllText(Path.Combine(directory, name + "-sda1.gz"), $"partition of {name}");
        File.WriteAllText(Path.Combine(directory, name + ".mbr"), "mbr");
        File.WriteAllText(Path.Combine(Root, "share/xcat/install/image", name + ".tmpl"), "template\n");
        return Image(name, ImageFormat.Partitions);
    }

    public ImageTarget Image(string name, ImageFormat format) => new()
    {
        Name = name, Revision = "1", Digest = Digest(name), Format = format, FileName = name, SshHostKeys = [StandInSystems.ImageKey],
    };

    /// <summary>The digest that an image of this name has, computed without the engine; "" if there is none.</summary>
    public string Digest(string name)
    {
        var definition = Path.Combine(Root, "state", "osimages", name);
        List<string> lines, files;
        if (File.Exists(definition))
        {
            lines = [.. File.ReadAllLines(definition).Where(line => !line.StartsWith("usercomment=", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
            files = [.. Values(lines, "template"), .. Values(lines, "rootimgdir").SelectMany(directory => Values(lines, "provmethod").Contains("sysclone")
                ? Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Where(file => new FileInfo(file).LinkTarget is null).Order(StringComparer.Ordinal) : Directory.GetFiles(directory).Order(StringComparer.Ordinal))];
        }
        else
        {
            lines = [$"partitions={name}"];
            files = [.. Directory.GetFiles(Path.Combine(Root, "install", "image"), name + "-*").Concat(Directory.GetFiles(Path.Combine(Root, "install", "image"), name + ".mbr")).Order(StringComparer.Ordinal)];
            if (files.Count == 0)
                return "";
            files.Add(Path.Combine(Root, "share/xcat/install/image", name + ".tmpl"));
        }

        var list = new StringBuilder();
        foreach (var line in lines)
            list.Append(Listed(line)).Append('\n');
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(file);
            list.Append($"file {Listed(file)} {bytes.Length} {Convert.ToHexStringLower(SHA256.HashData(bytes))}\n");
        }

        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(list.ToString())));
    }

    /// <summary>Ends the watches, which see that their directory is gone, before it is.</summary>
    public void Dispose()
    {
        foreach (var file in Directory.Exists(Spec.WorkDirectory) ? Directory.GetFiles(Spec.WorkDirectory, "pid", SearchOption.AllDirectories) : [])
        {
            var leader = File.ReadAllText(file).Split(' ')[0];
            using var kill = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "kill -s KILL -- \"-$1\" 2>/dev/null", "sh", leader]));
            kill!.WaitForExit();
        }

        Directory.Delete(Root, recursive: true);
    }

    /// <summary>Names as the digest has them: without the directories of this installation.</summary>
    private string Listed(string text) => text
        .Replace(Path.Combine(Root, "install", "image") + "/", "image/", StringComparison.Ordinal)
        .Replace(Path.Combine(Root, "share/xcat/install/image") + "/", "template/", StringComparison.Ordinal)
        .Replace(Path.Combine(Root, "install") + "/", "installdir/", StringComparison.Ordinal)
        .Replace(Root + "/", "xcatroot/", StringComparison.Ordinal);

    private static IEnumerable<string> Values(List<string> lines, string key) =>
        lines.Where(line => line.StartsWith(key + "=", StringComparison.Ordinal)).Select(line => line[(key.Length + 1)..]);

    private string NodePath(string name) => Path.Combine(Root, "state", "nodes", name);

    private string FaultPath(string node, string command, bool once) => Path.Combine(Root, "faults", $"{node}.{command}{(once ? ".once" : "")}");
}
