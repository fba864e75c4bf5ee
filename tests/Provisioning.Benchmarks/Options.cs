using System.Globalization;

namespace Provisioning.Benchmarks;

/// <summary>Options of a command, written <c>--name=value</c>.</summary>
internal sealed class Options(IReadOnlyDictionary<string, string> values)
{
    public static Options Parse(IEnumerable<string> arguments)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var argument in arguments)
        {
            if (argument.Split('=', 2) is not [['-', '-', .. var name], var value])
                throw new ArgumentException($"'{argument}' must be --name=value.", nameof(arguments));
            values[name] = value;
        }

        return new(values);
    }

    public string Text(string name) => values.TryGetValue(name, out var value) ? value : throw new ArgumentException($"--{name}=... is missing.", nameof(name));

    public int Number(string name, int otherwise)
    {
        if (!values.TryGetValue(name, out var text))
            return otherwise;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new ArgumentException($"--{name}={text} must be a number.", nameof(name));
    }

    public TimeSpan Seconds(string name, int otherwise) => TimeSpan.FromSeconds(Number(name, otherwise));
}
