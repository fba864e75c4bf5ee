using Provisioning.Api;
using Provisioning.Api.Meta;

namespace Provisioning.Core.Status;

/// <summary>
/// Builds the list of conditions of an object from its last one: the transition time moves only when a status flips, and a list that says the same comes
/// out equal, so that nothing is written.
/// </summary>
/// <param name="previous">The conditions as last written.</param>
/// <param name="generation">The generation that the new ones are computed from.</param>
/// <param name="now">The time of a flip.</param>
public sealed class ConditionSet(IList<Condition> previous, long generation, DateTimeOffset now)
{
    /// <summary>A longer message is cut.</summary>
    internal const int LongestMessage = 1024;

    private readonly List<Condition> _conditions = [];

    /// <summary>The conditions, in the order in which they were set.</summary>
    public IList<Condition> Conditions => _conditions;

    /// <summary>Sets a condition.</summary>
    public ConditionSet Set(string type, ConditionStatus status, string reason, string message)
    {
        var last = previous.FirstOrDefault(c => c.Type == type);
        _conditions.Add(new()
        {
            Type = type,
            Status = status,
            Reason = reason.Length > 0 ? reason : Reasons.UnexpectedAnswer,
            // The schema demands one, and empty strings are left out of what is written.
            Message = message.Length > 0 ? BoundedText.Cut(message, LongestMessage) : $"{reason}.",
            ObservedGeneration = generation,
            LastTransitionTime = last is not null && last.Status == status ? last.LastTransitionTime : Truncate(now),
        });
        return this;
    }

    /// <summary>Keeps a condition as it was, if there was one. Its generation stays too: it was not computed from a newer spec, and whoever waits for that must not be told so.</summary>
    public ConditionSet Keep(string type)
    {
        if (previous.FirstOrDefault(c => c.Type == type) is { } last)
            _conditions.Add(last);
        return this;
    }

    /// <summary>metav1.Time has seconds: a finer time would read back as another one.</summary>
    public static DateTimeOffset Truncate(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
