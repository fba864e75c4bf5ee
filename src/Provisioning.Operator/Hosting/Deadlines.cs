namespace Provisioning.Operator.Hosting;

/// <summary>Deadlines on the operator's clock for calls that must not hold a worker for ever.</summary>
internal static class Deadlines
{
    /// <summary>Runs a call with a token that also fires after a time.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="limit">Longest time.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<T> WithinAsync<T>(this TimeProvider time, TimeSpan limit, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var clock = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, clock.Token);
        try
        {
            return await call(either.Token);
        }
        catch (OperationCanceledException exception) when (clock.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {limit.TotalSeconds:0} s", exception);
        }
    }
}
