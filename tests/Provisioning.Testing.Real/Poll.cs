using System.Diagnostics;

namespace Provisioning.Testing.Real;

/// <summary>Waits for what other programs do, which tell nobody: looks again and again, up to a deadline.</summary>
public static class Poll
{
    /// <summary>Waits until something is so; otherwise the test fails and says what it waited for.</summary>
    /// <param name="what">What, in words that fit after "it is still not so that".</param>
    /// <param name="isSo">Looks.</param>
    /// <param name="limit">How long at most.</param>
    /// <param name="interval">How often to look; default 50 ms.</param>
    /// <param name="isLost">Whether there is nothing to wait for any more.</param>
    /// <param name="describe">What helps to understand a failure.</param>
    public static async Task UntilAsync(string what, Func<Task<bool>> isSo, TimeSpan limit, TimeSpan? interval = null, Func<bool>? isLost = null, Func<Task<string>>? describe = null)
    {
        var clock = Stopwatch.StartNew();
        while (!await isSo())
        {
            if (clock.Elapsed > limit || isLost?.Invoke() == true)
                Assert.Fail($"After {clock.Elapsed.TotalSeconds:0} s it is still not so that {what}.\n{(describe is null ? "" : await describe())}");
            await Task.Delay(interval ?? TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
