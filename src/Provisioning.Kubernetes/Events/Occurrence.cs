namespace Provisioning.Kubernetes.Events;

/// <summary>The object that an event is about.</summary>
internal sealed record EventSubject(string ApiVersion, string Kind, NamespacedName Name, string? Uid);

/// <summary>What makes two occurrences the same event.</summary>
/// <param name="Subject">The object.</param>
/// <param name="Type">Normal or Warning.</param>
/// <param name="Reason">The reason.</param>
/// <param name="Action">The action.</param>
/// <param name="Fact">
/// The note of a normal event: image b is loaded, and not image a for the second time. Empty for a warning, whose note may say something slightly different each time.
/// </param>
internal sealed record EventKey(EventSubject Subject, EventType Type, string Reason, string Action, string Fact);

/// <summary>Something that happened once.</summary>
internal sealed record Occurrence(EventKey Key, string Note, DateTimeOffset At);

/// <summary>An event as it is to be written: new if it occurred once, else its series.</summary>
/// <param name="First">What is written as the event itself.</param>
/// <param name="Count">How often it occurred.</param>
/// <param name="LastAt">When it last occurred.</param>
internal sealed record EventWrite(Occurrence First, int Count, DateTimeOffset LastAt);
