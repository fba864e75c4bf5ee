using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;

namespace Provisioning.Engines.Targets;

/// <summary>All that an engine needs to know of its Provisioner.</summary>
public sealed record ProvisionerTarget
{
    /// <summary>Namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Settings.</summary>
    public required ProvisionerSpec Spec { get; init; }

    /// <summary>Login to the endpoint, if it has one.</summary>
    public Credentials? Credentials { get; init; }
}

/// <summary>All that an engine needs to know of a Node.</summary>
public sealed record NodeTarget
{
    /// <summary>Namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name. Namespace and name, not the uid, identify the machine, so that a Node deleted and created again finds it.</summary>
    public required string Name { get; init; }

    /// <summary>Uid of the Node object.</summary>
    public required string Uid { get; init; }

    /// <summary>The Node's spec.</summary>
    public required NodeSpec Spec { get; init; }

    /// <summary>Name by which an engine knows a machine that exists before its Node. That of an operation under way is the one at which it began, whatever the spec names by now.</summary>
    public string MachineName
    {
        get => field ?? Spec.MachineName ?? Name;
        init;
    }

    /// <summary>What was recorded as loaded.</summary>
    public LoadedImage? LoadedImage { get; init; }

    /// <summary>The power state as it was last read, or as the last operation left it; null if nothing was recorded.</summary>
    public PowerValue? LastPower { get; init; }

    /// <summary>The desired image, if there is one and it is known.</summary>
    public ImageTarget? DesiredImage { get; init; }

    /// <summary>SSH host keys that the machine must show; empty while none is pinned.</summary>
    public IReadOnlyList<string> SshHostKeys { get; init; } = [];

    /// <summary>Login to the operating system, if it has one.</summary>
    public Credentials? Credentials { get; init; }

    /// <summary>Programs to run inside the machine, in their order; to be handed to the operating system module, which picks those of its stage.</summary>
    public IReadOnlyList<HookTarget> Hooks { get; init; } = [];
}

/// <summary>A hook with its program.</summary>
public sealed record HookTarget
{
    /// <summary>Most bytes of a program, in UTF-8.</summary>
    public const int MaximumBytes = 64 * 1024;

    /// <summary>Name, unique on the Node.</summary>
    public required string Name { get; init; }

    /// <summary>When it runs.</summary>
    public required HookStage Stage { get; init; }

    /// <summary>The program; not empty, at most <see cref="MaximumBytes"/>.</summary>
    public required string Script { get; init; }

    /// <summary>Longest time that it may run.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>What follows if it fails.</summary>
    public required HookFailurePolicy FailurePolicy { get; init; }
}

/// <summary>All that an engine needs to know of an Image.</summary>
public sealed record ImageTarget
{
    /// <summary>Name of the Image.</summary>
    public required string Name { get; init; }

    /// <summary>Revision.</summary>
    public required string Revision { get; init; }

    /// <summary>"sha256:" and 64 hexadecimal digits.</summary>
    public required string Digest { get; init; }

    /// <summary>Format of the file.</summary>
    public required ImageFormat Format { get; init; }

    /// <summary>Plain file name in the library.</summary>
    public required string FileName { get; init; }

    /// <summary>SSH host keys inside the image.</summary>
    public IReadOnlyList<string> SshHostKeys { get; init; } = [];

    /// <summary>What currentimage.txt carries as <c>imagerevision_id</c>: the key that is compared.</summary>
    public string RevisionId => ToRevisionId(Name, Revision);

    /// <summary>Makes the revision id of an image.</summary>
    public static string ToRevisionId(string name, string revision) => $"{name}@{revision}";
}

/// <summary>All that an engine needs to know of a capture.</summary>
public sealed record CaptureTarget
{
    /// <summary>Name of the Image to make.</summary>
    public required string ImageName { get; init; }

    /// <summary>Revision of the Image to make.</summary>
    public required string Revision { get; init; }

    /// <summary>What happens inside the machine first.</summary>
    public required CapturePreparation Preparation { get; init; }

    /// <summary>What to do if the machine does not shut down.</summary>
    public required UncleanShutdownPolicy UncleanShutdown { get; init; }
}
