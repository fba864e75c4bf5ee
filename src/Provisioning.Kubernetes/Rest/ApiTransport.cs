using System.Net;
using System.Net.Http.Headers;
using k8s.Authentication;
using Microsoft.Extensions.Logging;

namespace Provisioning.Kubernetes.Rest;

/// <summary>
/// Sends calls: one deadline over all tries, waits and the body; asynchronous to the end. The typed calls of KubernetesClient read the body
/// synchronously and without a deadline, so a body that stalls would hang them for ever; its configuration, credentials and TLS are used.
/// </summary>
internal sealed partial class ApiTransport(
    HttpClient http, Uri server, ServiceClientCredentials? credentials, RestMetrics metrics, TimeProvider time, Random random, ILogger logger)
{
    /// <summary>Time for one call with all its tries, unless the caller says otherwise.</summary>
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(60);

    public async Task<TResult> SendAsync<TResult>(
        ApiRequest request, TimeSpan deadline, Func<Stream, CancellationToken, Task<TResult>> read, CancellationToken cancellationToken)
    {
        using var ends = new CancellationTokenSource(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ends.Token);
        Exception? last = null;
        try
        {
            for (var tries = 1; ; tries++)
            {
                try
                {
                    using var response = await TryAsync(request, either.Token);
                    await using var body = await response.Content.ReadAsStreamAsync(either.Token);
                    return await read(body, either.Token);
                }
                catch (Exception failure) when (RetryRules.Delay(request.Retry, failure, tries, NextRandom()) is { } delay)
                {
                    last = failure;
                    LogRetry(request, tries, delay, failure.Message);
                    await Task.Delay(delay, time, either.Token);
                }
            }
        }
        catch (OperationCanceledException cancelled) when (ends.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The API server did not complete {request} within {deadline.TotalSeconds:0} s.", last ?? cancelled);
        }
        catch (IOException failure)
        {
            throw new HttpRequestException(HttpRequestError.ResponseEnded, $"The connection broke during {request}: {failure.Message}", failure);
        }
    }

    /// <summary>Opens a body without end. The deadline covers the headers; the body is the caller's to watch, and the response the caller's to dispose.</summary>
    public async Task<HttpResponseMessage> OpenAsync(ApiRequest request, TimeSpan headerDeadline, CancellationToken cancellationToken)
    {
        using var ends = new CancellationTokenSource(headerDeadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ends.Token);
        try
        {
            return await TryAsync(request, either.Token);
        }
        catch (OperationCanceledException cancelled) when (ends.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The API server did not begin to answer {request} within {headerDeadline.TotalSeconds:0} s.", cancelled);
        }
    }

    private async Task<HttpResponseMessage> TryAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        using var message = NewMessage(request);
        await AuthenticateAsync(message, cancellationToken);
        HttpResponseMessage? response = null;
        try
        {
            response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (OperationCanceledException cancelled) when (!cancellationToken.IsCancellationRequested)
        {
            // The handler's own limit for connecting. Nothing was sent, which is what ConnectionError means to the retry rules.
            throw new HttpRequestException(HttpRequestError.ConnectionError, $"The API server did not accept a connection for {request} in time: {cancelled.Message}", cancelled);
        }
        finally
        {
            metrics.Count(request.Method, (int?)response?.StatusCode);
        }

        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await ApiErrors.ReadAsync(request, response, time, cancellationToken);
    }

    private HttpRequestMessage NewMessage(ApiRequest request)
    {
        var message = new HttpRequestMessage(request.Method, new Uri(server, request.Path))
        {
            // A message says 1.1 unless told otherwise, whatever the handler could do; without TLS the handler goes down to 1.1 itself.
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (request.Body is { } body)
        {
            message.Content = new ByteArrayContent(body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(request.ContentType);
        }

        return message;
    }

    private async Task AuthenticateAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        if (credentials is null)
            return;
        try
        {
            await credentials.ProcessHttpRequestAsync(message, cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // Nothing was sent, which is what ConnectionError means to the retry rules: a token file that is being replaced is there a moment later.
            throw new HttpRequestException(
                HttpRequestError.ConnectionError,
                $"No credentials for the API server: {failure.Message} Check the kubeconfig or the token of the service account.",
                failure);
        }
    }

    private double NextRandom()
    {
        lock (random)
            return random.NextDouble();
    }

    [LoggerMessage(1001, LogLevel.Debug, "Try {Tries} of {Request} failed, next in {Delay}: {Reason}")]
    private partial void LogRetry(ApiRequest request, int tries, TimeSpan delay, string reason);
}
