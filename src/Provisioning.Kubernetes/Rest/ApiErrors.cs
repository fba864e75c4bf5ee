using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using Provisioning.Api.Text;

namespace Provisioning.Kubernetes.Rest;

/// <summary>Makes exceptions of what the API server refuses.</summary>
internal static class ApiErrors
{
    // A Status is a few hundred bytes; something between us and the server may send a page of HTML of any length.
    private const int MaxBody = 64 * 1024;

    // It goes into logs and messages, and an admission webhook of anybody may have written it.
    private const int MaxMessage = 1024;

    public static async Task<KubernetesApiException> ReadAsync(ApiRequest request, HttpResponseMessage response, TimeProvider time, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxBody);
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            var length = await stream.ReadAtLeastAsync(buffer.AsMemory(0, MaxBody), MaxBody, throwOnEndOfStream: false, cancellationToken);
            return Make(request, response.StatusCode, Parse(buffer.AsSpan(0, length)), RetryAfter(response, time));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public static KubernetesApiException Make(ApiRequest request, HttpStatusCode code, ApiStatus status, TimeSpan? retryAfter) =>
        new(code, Bounded(status.Reason) ?? "", $"The API server refused {request}: {(int)code} {Bounded(status.Reason) ?? code.ToString()}: {Bounded(status.Message)}")
        {
            Causes = [.. (status.Details?.Causes ?? []).Select(cause => new StatusCause(Bounded(cause.Reason) ?? "", Bounded(cause.Field) ?? "", Bounded(cause.Message) ?? ""))],
            RetryAfter = retryAfter ?? (status.Details?.RetryAfterSeconds is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null),
        };

    private static string? Bounded(string? text) => text is null ? null : PrintableText.Line(text.Length <= MaxMessage ? text : text[..MaxMessage]);

    private static ApiStatus Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, RestJsonContext.Default.ApiStatus) ?? new ApiStatus();
        }
        catch (JsonException)
        {
            return new ApiStatus { Message = Encoding.UTF8.GetString(body[..Math.Min(body.Length, 300)]).Trim() };
        }
    }

    /// <summary>What says nothing of the future (0, a date that is past by our clock) leaves the wait to the caller: taken at its word it would be no wait at all.</summary>
    private static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider time)
    {
        var header = response.Headers.RetryAfter;
        return (header?.Delta ?? (header?.Date is { } date ? date - time.GetUtcNow() : null)) is { Ticks: > 0 } wait ? wait : null;
    }
}
