using System.Text.Json.Nodes;

namespace Provisioning.Testing.ApiServer;

/// <summary>An answer that refuses a request with a Status body.</summary>
internal sealed class FakeRefusal(int code, string reason, string message) : Exception(message)
{
    public int Code { get; } = code;

    public string? CauseReason { get; init; }

    public static FakeRefusal NotFound(FakeKind kind, string name) => new(404, "NotFound", $"{kind.Resource} \"{name}\" not found");

    public static FakeRefusal Conflict(FakeKind kind, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {kind.Resource} \"{name}\": {why}");

    public static FakeRefusal Invalid(string message) => new(422, "Invalid", message);

    public static FakeRefusal BadRequest(string message) => new(400, "BadRequest", message);

    public static FakeRefusal Expired(string message) => new(410, "Expired", message);

    public JsonObject ToStatus() => Status(Code, reason, Message, CauseReason);

    public static JsonObject Status(int code, string reason, string message, string? cause = null, int? retryAfterSeconds = null)
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = code < 400 ? "Success" : "Failure",
            ["message"] = message,
            ["reason"] = reason,
            ["code"] = code,
        };
        var details = new JsonObject();
        if (cause is not null)
            details["causes"] = new JsonArray(new JsonObject { ["reason"] = cause, ["message"] = message });
        if (retryAfterSeconds is { } seconds)
            details["retryAfterSeconds"] = seconds;
        if (details.Count > 0)
            status["details"] = details;
        return status;
    }
}
