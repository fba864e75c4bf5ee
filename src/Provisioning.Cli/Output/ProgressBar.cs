namespace Provisioning.Cli.Output;

/// <summary>A progress in percent as a bar.</summary>
internal static class ProgressBar
{
    private const int Cells = 10;

    /// <summary>The bar with its number; empty without a progress.</summary>
    public static string Text(int? percent, bool isUnicode)
    {
        if (percent is not { } value)
            return "";
        var filled = Math.Clamp(value, 0, 100) * Cells / 100;
        var (full, empty) = isUnicode ? ('█', '░') : ('#', '-');
        return $"{new string(full, filled)}{new string(empty, Cells - filled)} {value}%";
    }
}
