namespace Provisioning.Hostile.Tests.Fuzzing;

/// <summary>A parser of bytes that we did not write.</summary>
/// <param name="Name">Name of the target and of its corpus.</param>
/// <param name="Words">Words that mean something to the parser.</param>
/// <param name="Parse">Parses, and throws <see cref="BrokenPromiseException"/> where the result is more than the bytes allow.</param>
internal sealed record Target(string Name, IReadOnlyList<string> Words, Action<byte[]> Parse)
{
    public override string ToString() => Name;
}

/// <summary>A parser did what it must not.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message)
{
    public static void Unless(bool holds, string promise)
    {
        if (!holds)
            throw new BrokenPromiseException(promise);
    }
}
