using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Conformance;

/// <summary>Calls that something goes wrong with.</summary>
internal static class Calls
{
    private static readonly TimeSpan SomeWay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestEnd = TimeSpan.FromMinutes(2);

    /// <summary>The outcome, or null if the call ended with a broken connection. A defect is the test's failure.</summary>
    public static async Task<OperationOutcome?> PatientlyAsync(Func<Task<OperationOutcome>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception lost) when (!IsDefect(lost))
        {
            return null;
        }
    }

    /// <summary>Cancels a call on its way. It must end soon, in whatever way; the point in time is chance, as in life.</summary>
    public static async Task CancelledInsideAsync(Func<CancellationToken, Task<OperationOutcome>> call)
    {
        using var source = new CancellationTokenSource(SomeWay, TimeProvider.System);
        try
        {
            await call(source.Token).WaitAsync(LongestEnd, TimeProvider.System, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"A cancelled call did not end within {LongestEnd.TotalSeconds} s.");
        }
        catch (Exception ended) when (!IsDefect(ended))
        {
        }
    }

    /// <summary>Exceptions that no broken connection explains.</summary>
    public static bool IsDefect(Exception exception) => exception is NullReferenceException or ArgumentException or InvalidOperationException or NotImplementedException
        or InvalidCastException or IndexOutOfRangeException or KeyNotFoundException or FormatException;
}
