using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Provisioning.Operator.Telemetry;

/// <summary>
/// Log lines as flat JSON objects with the keys that controller-runtime's have (ts, level, logger, msg, error), so that the queries of log stores fit; the
/// JSON of the framework itself nests the values and repeats the message three times.
/// </summary>
internal sealed class JsonLines(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "json-lines";

    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] Reserved = ["ts", "level", "logger", "event", "msg", "error", "trace_id"];

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("ts", time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ"));
            json.WriteString("level", LevelName(logEntry.LogLevel));
            json.WriteString("logger", logEntry.Category);
            json.WriteNumber("event", logEntry.EventId.Id);
            json.WriteString("msg", logEntry.Formatter(logEntry.State, logEntry.Exception));
            if (logEntry.Exception is { } exception)
                json.WriteString("error", exception.ToString());
            if (System.Diagnostics.Activity.Current is { } activity)
                json.WriteString("trace_id", activity.TraceId.ToHexString());
            var written = new HashSet<string>(Reserved, StringComparer.Ordinal);
            WriteValues(json, logEntry.State as IReadOnlyList<KeyValuePair<string, object?>>, written);
            scopeProvider?.ForEachScope((scope, state) => WriteValues(state.json, scope as IReadOnlyList<KeyValuePair<string, object?>>, state.written), (json, written));
            json.WriteEndObject();
        }

        textWriter.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
        textWriter.Write('\n');
    }

    private static void WriteValues(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>>? values, HashSet<string> written)
    {
        for (var i = 0; i < values?.Count; i++)
        {
            var (name, value) = values[i];
            // Parameters of log methods that are words of C# come with its mark.
            name = name.TrimStart('@');
            if (value is null || name.Length == 0 || name == "{OriginalFormat}" || !written.Add(name = ToKey(name)))
                continue;
            switch (value)
            {
                case int number:
                    json.WriteNumber(name, number);
                    break;
                case long number:
                    json.WriteNumber(name, number);
                    break;
                case double number when double.IsFinite(number):
                    json.WriteNumber(name, number);
                    break;
                case bool flag:
                    json.WriteBoolean(name, flag);
                    break;
                case TimeSpan duration:
                    json.WriteNumber(name, duration.TotalSeconds);
                    break;
                default:
                    json.WriteString(name, value is IFormattable formattable ? formattable.ToString(null, System.Globalization.CultureInfo.InvariantCulture) : value.ToString());
                    break;
            }
        }
    }

    private static string ToKey(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    private static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };
}
