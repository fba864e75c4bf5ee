namespace Provisioning.Core.Tests.Verdict;

/// <summary>
/// The table of node_status, the same as in docs/concepts/node-status.md. Rows are tried from top to bottom and the first that fits wins; a dash fits
/// everything, alternatives are separated by a slash.
/// </summary>
internal static class NodeStatusTable
{
    public static readonly string[] Columns =
        ["Row", "VCL", "Wanted", "System", "Exists", "Recorded", "Engine image", "Power", "SSH", "Reported", "Tainted", "Configured", "Check", "Verdict", "Reason"];

    public static readonly NodeStatusRow[] Rows =
    [
        Row("1  | -          | none  | -     | -       | -                         | -     | -   | -       | -               | -       | -       | -       | Ready    | NoImageDesired"),
        Row("2  | -          | image | -     | unknown | -                         | -     | -   | -       | -               | -       | -       | -       | Unknown  | HostUnreachable"),
        Row("3  | -          | image | -     | -       | loading                   | -     | -   | -       | -               | -       | -       | -       | Reload   | LoadIncomplete"),
        Row("4  | -          | image | -     | no      | -                         | -     | -   | -       | -               | -       | -       | -       | Reload   | MachineMissing"),
        Row("5  | 2.1 row 3  | image | -     | yes     | other / adopted other     | -     | -   | -       | -               | -       | -       | -       | Reload   | ImageDiffers"),
        Row("6  | 2.4 nodetype | image | -   | yes     | none                      | other | -   | -       | -               | -       | -       | -       | Reload   | ImageDiffers"),
        Row("7  | 2.4 nodetype | image | -   | yes     | same / adopted / prepared | other | -   | -       | -               | -       | -       | -       | Unknown  | IdentityMismatch"),
        Row("8  | -          | image | None  | yes     | none                      | none  | -   | -       | -               | -       | -       | -       | Unknown  | CurrentImageUnreadable"),
        Row("9  | -          | image | None  | yes     | -                         | -     | -   | -       | -               | -       | -       | -       | Ready    | AsDeclared"),
        Row("10 | 2.4 rpower | image | Linux | yes     | -                         | -     | off | -       | -               | -       | -       | -       | Unknown  | PoweredOff"),
        Row("11 | 2.1 row 1  | image | Linux | yes     | -                         | -     | -   | no      | -               | -       | -       | -       | Unknown  | SshUnreachable"),
        Row("12 | 2.1 row 1  | image | Linux | yes     | -                         | -     | -   | unknown | -               | -       | -       | -       | Unknown  | HostKeyMismatch"),
        Row("13 | 2.1 row 2  | image | Linux | yes     | -                         | -     | -   | yes     | unknown         | -       | -       | -       | Unknown  | CurrentImageUnreadable"),
        Row("14 | 2.1 row 2  | image | Linux | yes     | none                      | -     | -   | yes     | nothing         | -       | -       | -       | Reload   | CurrentImageMissing"),
        Row("15 | 2.1 row 2  | image | Linux | yes     | same / adopted / prepared | -     | -   | yes     | nothing         | -       | -       | -       | Unknown  | IdentityMismatch"),
        Row("16 | -          | image | Linux | yes     | prepared                  | -     | -   | yes     | captured        | -       | -       | -       | PostLoad | NotConfigured"),
        Row("17 | 2.1 row 3  | image | Linux | yes     | none                      | -     | -   | yes     | other / captured | -      | -       | -       | Reload   | ImageDiffers"),
        Row("18 | 2.1 row 3  | image | Linux | yes     | same / adopted / prepared | -     | -   | yes     | other / captured | -      | -       | -       | Unknown  | IdentityMismatch"),
        Row("19 | -          | image | Linux | yes     | same                      | -     | -   | yes     | same, other load | -      | -       | -       | Unknown  | IdentityMismatch"),
        Row("20 | 2.1 row 4  | image | Linux | yes     | -                         | -     | -   | yes     | -               | yes     | -       | -       | Reload   | Tainted"),
        Row("21 | 2.1 row 5  | image | Linux | yes     | -                         | -     | -   | yes     | -               | unknown | -       | -       | Unknown  | CurrentImageUnreadable"),
        Row("22 | 2.1 row 5  | image | Linux | yes     | -                         | -     | -   | yes     | -               | no      | no      | -       | PostLoad | NotConfigured"),
        Row("23 | 2.1 row 5  | image | Linux | yes     | -                         | -     | -   | yes     | -               | no      | unknown | -       | Unknown  | CurrentImageUnreadable"),
        Row("24 | 2.1 row 6  | image | Linux | yes     | -                         | -     | -   | yes     | -               | no      | yes     | no      | Reload   | OperatingSystemCheckFailed"),
        Row("25 | 2.1 row 6  | image | Linux | yes     | -                         | -     | -   | yes     | -               | no      | yes     | unknown | Unknown  | SshUnreachable"),
        Row("26 | 2.1 row 7  | image | Linux | yes     | -                         | -     | -   | yes     | -               | no      | yes     | yes     | Ready    | AsDeclared"),
    ];

    private static NodeStatusRow Row(string text) => new(text.Split('|', StringSplitOptions.TrimEntries));
}

/// <summary>One row: the cells of <see cref="NodeStatusTable.Columns"/>.</summary>
internal sealed record NodeStatusRow(string[] Cells)
{
    private const int FirstInput = 2;
    private const int InputCount = 11;

    public string Name => Cells[0];

    public string Verdict => Cells[^2];

    public string Reason => Cells[^1];

    /// <summary>The values that each input may have for this row to fit; null for any.</summary>
    public string[]?[] Inputs { get; } =
        [.. Cells.Skip(FirstInput).Take(InputCount).Select(cell => cell == "-" ? null : cell.Split(" / "))];

    public bool Fits(string[] inputs)
    {
        for (var i = 0; i < inputs.Length; i++)
        {
            if (Inputs[i] is { } allowed && Array.IndexOf(allowed, inputs[i]) < 0)
                return false;
        }

        return true;
    }
}
