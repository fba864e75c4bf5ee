using System.ComponentModel.DataAnnotations;
using Provisioning.Api.Meta;
using Provisioning.Api.Schema;

namespace Provisioning.Api.Provisioners;

/// <summary>A host with the configuration of services or devices, reached by SSH. Each Node is one of them; its contents are its configuration.</summary>
[Cel("has(self.files) && size(self.files) > 0 ? !has(self.commands) : has(self.commands)", "must give either files or commands, and not both")]
public sealed class ConfigurationSpec : SshHostSpec
{
    /// <summary>Directory on the host with the captured configurations.</summary>
    [StringLength(512, MinimumLength = 1), RegularExpression(Patterns.AbsolutePath)]
    public string ImageDirectory { get; set; } = "/var/lib/provisioning/configurations";

    /// <summary>Directory on the host for the records of work.</summary>
    [StringLength(512, MinimumLength = 1), RegularExpression(Patterns.AbsolutePath)]
    public string WorkDirectory { get; set; } = "/var/lib/provisioning/services";

    /// <summary>
    /// The files that are the content of a Node: absolute paths on the host, in which {machine} stands for the machine name of the Node. That a file is missing is part of the content.
    /// Not together with commands.
    /// </summary>
    [Items(64, MaximumItemLength = 512, ItemPattern = FilePath)]
    public IList<string> Files { get; set; } = [];

    /// <summary>The commands that print the content of a Node and accept another one, for what is no file: a switch that the host reaches. Not together with files.</summary>
    public ConfigurationCommands? Commands { get; set; }

    /// <summary>
    /// Command for "sh -c" that judges a new content before anything is changed; exit code 0 is good. "$1" is the machine name; "$2" is the directory under which the new files lie
    /// by their full paths, or the file with the new content for commands. Without it nothing is checked beforehand.
    /// </summary>
    [StringLength(4096, MinimumLength = 1)]
    public string? Check { get; set; }

    /// <summary>Command for "sh -c" that has the service use the content that is in place, for example "nginx -s reload"; "$1" is the machine name.</summary>
    [StringLength(4096, MinimumLength = 1)]
    public string? Activate { get; set; }

    /// <summary>Command for "sh -c" that proves that the service works with the content that is in place; "$1" is the machine name. If it fails, the content from before is put back.</summary>
    [StringLength(4096, MinimumLength = 1)]
    public string? Verify { get; set; }

    /// <summary>Longest time for each of the commands, in seconds.</summary>
    [Range(1, 3600)]
    public int CommandSeconds { get; set; } = 60;

    private const string FilePath = @"^(/([A-Za-z0-9_+@-]|\{machine\})([A-Za-z0-9._+@-]|\{machine\})*)+$";
}

/// <summary>Commands that print the content of a Node and accept another one.</summary>
public sealed class ConfigurationCommands
{
    /// <summary>Command for "sh -c" that prints the content on standard output and changes nothing; "$1" is the machine name.</summary>
    [Required, StringLength(4096, MinimumLength = 1)]
    public string Read { get; set; } = "";

    /// <summary>Command for "sh -c" that takes a whole new content on standard input and replaces the present one by it; "$1" is the machine name.</summary>
    [Required, StringLength(4096, MinimumLength = 1)]
    public string Apply { get; set; } = "";

    /// <summary>Extended regular expressions for lines that are no part of the content, such as "^! Last configuration change at". They are left out wherever content is read.</summary>
    [Items(16, MaximumItemLength = 256)]
    public IList<string> IgnoreLines { get; set; } = [];
}
