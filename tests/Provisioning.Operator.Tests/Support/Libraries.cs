using System.Collections.Concurrent;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Operator.Tests.Support;

/// <summary>Image libraries, one for each Provisioner, that fetch from one another in ten parts. What has arrived outlives an operator.</summary>
internal sealed class Libraries
{
    private const int Parts = 10;

    private readonly ConcurrentDictionary<(string Provisioner, string Digest), bool> _files = new();
    private readonly ConcurrentDictionary<(string Provisioner, string Digest), int> _arrived = new();

    /// <summary>Parts that were moved, each "TO PART".</summary>
    public ConcurrentQueue<string> Moved { get; } = new();

    /// <summary>Copies that were deleted.</summary>
    public ConcurrentQueue<string> Deleted { get; } = new();

    /// <summary>Answers in place of the next move.</summary>
    public Func<OperationOutcome?>? Instead { get; set; }

    /// <summary>Answers in place of deleting at a Provisioner.</summary>
    public Func<string, OperationOutcome?>? InsteadOfDeleting { get; set; }

    public void Place(string provisioner, string image) => _files[(provisioner, Samples.Digest(image))] = false;

    public bool Has(string provisioner, string image) => _files.ContainsKey((provisioner, Samples.Digest(image)));

    public ImageAnswer Get(string provisioner, ImageTarget image) => _files.TryGetValue((provisioner, image.Digest), out var isFetched)
        ? ImageAnswer.Yes(1 << 20, $"/images/{image.FileName}") with { IsFetched = isFetched }
        : ImageAnswer.No(Reasons.ImageFileMissing, "no such file");

    public IImageSource Open(string provisioner) => new Source(provisioner);

    public OperationOutcome Retrieve(string provisioner, ImageTarget image, IImageSource source)
    {
        if (Instead?.Invoke() is { } instead)
            return instead;
        var key = (provisioner, image.Digest);
        var part = _arrived.AddOrUpdate(key, 1, (_, parts) => parts + 1);
        Moved.Enqueue($"{provisioner} {part}");
        if (part < Parts)
            return OperationOutcome.Running("Fetch", $"fetching from {source.Name}") with { ProgressPercent = part * 100 / Parts, MadeProgress = true };
        _files[key] = true;
        return OperationOutcome.Succeeded("fetched");
    }

    public OperationOutcome Delete(string provisioner, ImageTarget image)
    {
        if (InsteadOfDeleting?.Invoke(provisioner) is { } instead)
            return instead;
        // Noted first: whoever sees that the file is gone finds the deletion noted.
        lock (_files)
        {
            if (_files.ContainsKey((provisioner, image.Digest)))
                Deleted.Enqueue(provisioner);
            _files.TryRemove((provisioner, image.Digest), out _);
        }

        return OperationOutcome.Succeeded("gone");
    }

    private sealed class Source(string name) : IImageSource
    {
        public string Name => name;

        public long SizeBytes => 1 << 20;

        public Task<ReadOnlyMemory<byte>> ReadAsync(long offset, int count, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
