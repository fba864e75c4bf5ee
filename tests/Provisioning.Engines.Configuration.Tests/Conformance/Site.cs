using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Provisioning.Engines.Configuration.Tests.Conformance;

/// <summary>
/// A real nginx whose port and logs are its own and whose content is what its Node declares: two files. What was done to it nginx itself tells in its log; what is there is read
/// here by other code than the engine's.
/// </summary>
internal sealed class Site(string root, string name)
{
    public static readonly string[] Files = ["site.conf", "more.conf"];

    private readonly int _port = Ports.Free();

    private string Folder => Path.Combine(root, "etc", name);

    /// <summary>The part that belongs to the host. The content is included, if there is any.</summary>
    public async Task<Site> PrepareAsync()
    {
        Directory.CreateDirectory(Folder);
        await File.WriteAllTextAsync(Path.Combine(root, $"{name}.main"),
            $$"""
            pid {{root}}/{{name}}.pid;
            error_log {{root}}/{{name}}.log notice;
            worker_processes 1;
            events {}
            http {
              access_log off;
              client_body_temp_path {{root}}/tmp; proxy_temp_path {{root}}/tmp; fastcgi_temp_path {{root}}/tmp; uwsgi_temp_path {{root}}/tmp; scgi_temp_path {{root}}/tmp;
              server {
                listen 127.0.0.1:{{_port}};
                include {{Folder}}/*.conf;
              }
            }

            """);
        return this;
    }

    /// <summary>Starts and reloads, in order, by nginx's own word.</summary>
    public IReadOnlyList<string> Effects => !File.Exists(Path.Combine(root, $"{name}.log"))
        ? []
        : [.. File.ReadLines(Path.Combine(root, $"{name}.log"))
            .Select(line => line.Contains(": OS: ", StringComparison.Ordinal) ? "start" : line.Contains("SIGHUP) received", StringComparison.Ordinal) ? "reload" : "")
            .Where(effect => effect.Length > 0)];

    /// <summary>Digest of the image that has these files; "" if there is none of them.</summary>
    public string Digest()
    {
        var files = Files.Select(file => Path.Combine(Folder, file)).ToArray();
        return files.Any(File.Exists) ? DigestOf(Canonical(root, files.Select(file => File.Exists(file) ? File.ReadAllText(file) : null))) : "";
    }

    public static string Canonical(string root, IEnumerable<string?> contents)
    {
        var texts = contents.ToArray();
        var index = texts.Zip(Files, (text, file) => text is null ? $"missing {root}/etc/{{machine}}/{file}\n" : $"file 644 {Encoding.UTF8.GetByteCount(text)} {root}/etc/{{machine}}/{file}\n");
        return $"provisioning-configuration 1\n{string.Concat(index)}\n{string.Concat(texts)}";
    }

    public static string DigestOf(string text) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Makes the content of this one site unreadable: a link, which the engine does not follow.</summary>
    public Action Hide()
    {
        var (path, aside) = (Path.Combine(Folder, Files[0]), Path.Combine(Folder, "aside"));
        File.Move(path, aside);
        File.CreateSymbolicLink(path, aside);
        return () => File.Move(aside, path, overwrite: true);
    }

    public void Stop()
    {
        var file = Path.Combine(root, $"{name}.pid");
        // The id may be somebody else's by now.
        if (!File.Exists(file) || !int.TryParse(File.ReadAllText(file), out var pid) || !File.Exists($"/proc/{pid}/cmdline") || !File.ReadAllText($"/proc/{pid}/cmdline").Contains(root, StringComparison.Ordinal))
            return;
        using var master = Process.GetProcessById(pid);
        master.Kill(entireProcessTree: true);
        master.WaitForExit(5000);
    }
}
