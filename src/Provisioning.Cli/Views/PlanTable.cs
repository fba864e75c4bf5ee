using Provisioning.Cli.Planning;
using Spectre.Console;

namespace Provisioning.Cli.Views;

/// <summary>The table of a plan, and its sum.</summary>
internal static class PlanTable
{
    /// <summary>The table.</summary>
    public static Table Render(IReadOnlyList<MachineForecast> forecasts)
    {
        var withNamespace = forecasts.DistinctBy(forecast => forecast.Namespace).Count() > 1;
        var table = Tables.New([.. withNamespace ? ["NAMESPACE"] : Array.Empty<string>(), "NODE", "APPLY", "WHAT FOLLOWS", "DATA LOST", "WHY"]);
        foreach (var forecast in forecasts)
        {
            table.Add([
                .. withNamespace ? [forecast.Namespace] : Array.Empty<Cell>(),
                forecast.Node,
                forecast.Apply,
                new(forecast.Action, Style(forecast.Effect)),
                new(forecast.Effect == Effect.Destroys ? Lost(forecast) : "-", Style(forecast.Effect)),
                forecast.Why,
            ]);
        }

        return table;
    }

    /// <summary>The sum in a sentence.</summary>
    public static string Sum(IReadOnlyList<MachineForecast> forecasts)
    {
        var (lost, changed, untouched) = (forecasts.Count(item => item.Effect == Effect.Destroys), forecasts.Count(item => item.Effect == Effect.Change), forecasts.Count(item => item.Effect == Effect.None));
        string[] parts =
        [
            .. lost > 0 ? [$"data is lost, or may be, on {lost}"] : Array.Empty<string>(),
            .. changed > 0 ? [$"{changed} {(changed == 1 ? "is" : "are")} changed without loss"] : Array.Empty<string>(),
            .. untouched > 0 ? [$"nothing is done to {untouched}"] : Array.Empty<string>(),
        ];
        return forecasts.Count == 0 ? "No machine is concerned." : $"{forecasts.Count} {(forecasts.Count == 1 ? "machine" : "machines")}: {string.Join(", ", parts)}.";
    }

    private static string Lost(MachineForecast forecast) => forecast.Action.StartsWith("looks", StringComparison.Ordinal) ? "perhaps" : "yes";

    private static Style Style(Effect effect) => effect switch
    {
        Effect.Destroys => Tone.Bad.Style(),
        Effect.Change => Tone.Busy.Style(),
        _ => Spectre.Console.Style.Plain,
    };
}
