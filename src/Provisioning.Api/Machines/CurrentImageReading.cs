namespace Provisioning.Api.Machines;

/// <summary>The answer of get_current_image: an image, certainly none, or unknown with the reason.</summary>
public sealed record CurrentImageReading
{
    private CurrentImageReading(FactValue found) => Found = found;

    /// <summary>Yes: an image was read. No: the machine certainly names none. Unknown: could not be read.</summary>
    public FactValue Found { get; }

    /// <summary>Name of the image (first line of currentimage.txt).</summary>
    public string? Name { get; private init; }

    /// <summary>Identity of the image revision (<c>imagerevision_id</c>), the key that is compared.</summary>
    public string? RevisionId { get; private init; }

    /// <summary>The load operation that configured this system, if it says so; another one than recorded means another disk.</summary>
    public string? OperationId { get; private init; }

    /// <summary>Why there is no image, a word of <see cref="Reasons"/>.</summary>
    public string? Reason { get; private init; }

    /// <summary>A sentence for people.</summary>
    public string? Detail { get; private init; }

    /// <summary>The machine names an image.</summary>
    public static CurrentImageReading Image(string name, string revisionId, string? operationId = null) =>
        new(FactValue.Yes) { Name = name, RevisionId = revisionId, OperationId = operationId };

    /// <summary>The machine certainly names no image.</summary>
    public static CurrentImageReading None(string reason, string? detail = null) => new(FactValue.No) { Reason = reason, Detail = detail };

    /// <summary>Could not be read.</summary>
    public static CurrentImageReading Unknown(string reason, string? detail = null) => new(FactValue.Unknown) { Reason = reason, Detail = detail };
}
