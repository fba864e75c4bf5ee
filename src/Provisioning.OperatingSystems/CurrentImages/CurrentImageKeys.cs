namespace Provisioning.OperatingSystems.CurrentImages;

/// <summary>Keys of currentimage.txt: those of Apache VCL, and two of ours.</summary>
internal static class CurrentImageKeys
{
    public const string Id = "id";
    public const string PrettyName = "prettyname";
    public const string RevisionId = "imagerevision_id";
    public const string DateCreated = "imagerevision_datecreated";
    public const string ComputerId = "computer_id";
    public const string ComputerHostname = "computer_hostname";
    public const string PostLoad = "vcld_post_load";
    public const string Tainted = "vcld_tainted";

    /// <summary>The load that configured the machine.</summary>
    public const string OperationId = "provisioning_operation_id";

    /// <summary>The digest of the image that was loaded.</summary>
    public const string Digest = "provisioning_digest";
}
