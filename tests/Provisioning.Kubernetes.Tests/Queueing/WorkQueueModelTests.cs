using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;
using Provisioning.Kubernetes.Queueing;

namespace Provisioning.Kubernetes.Tests.Queueing;

public sealed class WorkQueueModelTests
{
    private static readonly int[] Priorities = [QueuePriority.Low, QueuePriority.Normal, 10];

    [Property(MaxTest = 2000, EndSize = 300)]
    public async Task The_queue_does_what_the_model_does(byte[] script)
    {
        using var meters = new TestMeters();
        var time = new FakeTimeProvider();
        using var queue = new WorkQueue<int>("test", time, () => 0, new WorkQueueMetrics(meters));
        var model = new WorkQueueModel();
        for (var i = 0; i + 2 < script.Length; i += 3)
        {
            var (operation, key, argument) = (script[i] % 5, script[i + 1] % 5, script[i + 2]);
            var priority = Priorities[script[i + 1] % 3];
            switch (operation)
            {
                case 0:
                    queue.Add(key, priority);
                    model.Add(key, 0, priority);
                    break;
                case 1:
                    queue.AddAfter(key, TimeSpan.FromMilliseconds(argument % 20), priority);
                    model.Add(key, argument % 20, priority);
                    break;
                case 2:
                    await AssertSameTaken(model.Take(), queue);
                    break;
                case 3 when model.Processing.ToArray() is { Length: > 0 } held:
                    queue.Done(held[argument % held.Length]);
                    model.Done(held[argument % held.Length]);
                    break;
                case 4:
                    time.Advance(TimeSpan.FromMilliseconds(argument % 15));
                    model.Advance(argument % 15);
                    break;
            }
        }

        await AssertNothingIsLost(queue, model, time);
    }

    /// <summary>Everything that is asked for comes out in the end, in the order of the model.</summary>
    private static async Task AssertNothingIsLost(WorkQueue<int> queue, WorkQueueModel model, FakeTimeProvider time)
    {
        foreach (var held in model.Processing.ToArray())
        {
            queue.Done(held);
            model.Done(held);
        }

        time.Advance(TimeSpan.FromSeconds(1));
        model.Advance(1000);
        while (model.Take() is { } expected)
            await AssertSameTaken(expected, queue);
        await AssertSameTaken(null, queue);
    }

    private static async Task AssertSameTaken(int? expected, WorkQueue<int> queue)
    {
        using var cancel = new CancellationTokenSource();
        var taken = queue.GetAsync(cancel.Token);
        if (expected is null)
        {
            Assert.False(taken.IsCompleted, "The queue gave out a key that it should not have.");
            await cancel.CancelAsync();

            // Awaited, since a wait that is cancelled can still be given the next key until it has ended.
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await taken);
            return;
        }

        Assert.True(taken.IsCompletedSuccessfully, $"The queue did not give out {expected}.");
        Assert.Equal(expected, (await taken)!.Value.Key);
    }
}
