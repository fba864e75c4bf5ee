using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Events;

/// <summary>Tells people what happened to an object, as <c>kubectl describe</c> and <c>kubectl events</c> show it.</summary>
public interface IEventRecorder
{
    /// <summary>
    /// Takes an event and returns at once; it is written in the background, or dropped where there are too many. The same type, reason and action
    /// for the same object within ten minutes count up the first event, whose note stays (the API allows no other): what changes belongs into a condition.
    /// </summary>
    /// <param name="about">The object.</param>
    /// <param name="type">Whether something is wrong.</param>
    /// <param name="reason">Why, one CamelCase word of the documented list, at most 128 characters.</param>
    /// <param name="action">What was done or tried, one CamelCase word, at most 128 characters.</param>
    /// <param name="note">Sentence for people; cut at 1 kB.</param>
    void Record(IKubernetesEntity about, EventType type, string reason, string action, string note);
}

/// <summary>Types of events.</summary>
public enum EventType
{
    /// <summary>For information.</summary>
    Normal,

    /// <summary>Something is wrong.</summary>
    Warning,
}
