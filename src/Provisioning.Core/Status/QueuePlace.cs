using Provisioning.Api.Nodes;

namespace Provisioning.Core.Status;

/// <summary>When a Node is told its place in the line of its Provisioner.</summary>
public static class QueuePlace
{
    private const int Near = 4;

    /// <summary>
    /// The place as the status tells it: when the Node joins the line, when it is near, and when it is among the next ones, so that waiting costs three writes at most, however long the line is.
    /// Each step of a long line would cost a write for each Node in it.
    /// </summary>
    /// <param name="last">What was told before; null if it joins now.</param>
    /// <param name="place">The place now, 1 is next.</param>
    /// <param name="limit">Operations that the Provisioner runs at the same time: so many are the next ones, and four times so many are near.</param>
    /// <param name="now">The time.</param>
    public static QueueStatus Tell(QueueStatus? last, int place, int limit, DateTimeOffset now)
    {
        if (last is null)
            return new() { Position = place, SinceTime = ConditionSet.Truncate(now) };

        // Farther back than before: another leader has made up the line anew.
        return place > last.Position || Distance(place, limit) < Distance(last.Position, limit) ? last with { Position = place } : last;
    }

    private static int Distance(int place, int limit) => place <= limit ? 0 : place <= Near * (long)limit ? 1 : 2;
}
