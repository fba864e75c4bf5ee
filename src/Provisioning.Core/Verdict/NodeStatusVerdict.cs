using Provisioning.Api.Nodes;

namespace Provisioning.Core.Verdict;

/// <summary>The answer of node_status.</summary>
/// <param name="Verdict">Ready, PostLoad, Reload or Unknown.</param>
/// <param name="Reason">Why, a word of <see cref="Api.Reasons"/>.</param>
/// <param name="Message">Why, for people.</param>
public sealed record NodeStatusVerdict(NodeVerdict Verdict, string Reason, string Message);
