using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Provisioning.Engines.Simulated.Steps;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Simulated.Machines;

/// <summary>
/// The world outside the operator: simulated machines, by namespace and name, and their image library. It lives on when an operator or engine dies, so a
/// new engine finds the machines as they were. Thread-safe.
/// </summary>
/// <param name="time">The machines' clock.</param>
/// <param name="seed">Seed of the boot ids.</param>
/// <param name="effectLogCapacity">How many effects are kept, at least 1; older ones are dropped and counted in <see cref="EffectsDropped"/>.</param>
public sealed partial class SimulatedMachineRoom(TimeProvider time, int seed = 0, int effectLogCapacity = 10_000)
{
    private readonly ConcurrentDictionary<(string Namespace, string Name), MachineCell> cells = new();
    private readonly EffectLog effects = new(Math.Max(1, effectLogCapacity));

    /// <summary>Effects of operations in the order in which the world saw them; of one machine, in the order of their times.</summary>
    public IReadOnlyList<SimulatedEffect> Effects => effects.ToList();

    /// <summary>The effects after the first so many, as far as they are kept: who follows them does not have to read all of them again.</summary>
    /// <param name="number">How many effects to leave out, counted from the very first one.</param>
    public IReadOnlyList<SimulatedEffect> EffectsAfter(long number) => effects.After(number);

    /// <summary>How many older effects are no longer in <see cref="Effects"/>.</summary>
    public long EffectsDropped => effects.Dropped;

    /// <summary>All machines that were ever looked at or touched.</summary>
    public IReadOnlyList<SimulatedMachine> Machines =>
        [.. cells.Keys.Order().Select(key => Machine(key.Namespace, key.Name))];

    internal ImageLibrary Library { get; } = new();

    internal DateTimeOffset Now => time.GetUtcNow();

    /// <summary>The machine as it is now. One that nobody has seen yet does not exist.</summary>
    public SimulatedMachine Machine(string @namespace, string name)
    {
        var cell = Cell(@namespace, name);
        lock (cell.Gate)
        {
            StepMachine.Settle(cell, Now);
            return cell.State;
        }
    }

    /// <summary>Digests of the image files that were captured or put into the library, by file name.</summary>
    public IReadOnlyDictionary<string, string> ImageFiles(string @namespace) => Library.Digests(@namespace);

    /// <summary>Names of image files that captures have begun and not finished.</summary>
    public IReadOnlyList<string> PartialImageFiles(string @namespace) => Library.Partials(@namespace);

    internal MachineCell Cell(string @namespace, string name) =>
        cells.GetOrAdd((@namespace, name), static (key, room) => new(room, key.Namespace, key.Name), this);

    internal void Log(in SimulatedEffect effect) => effects.Add(effect);

    /// <summary>The name of a machine whose disk is made from the image or that is loading it, or null.</summary>
    internal string? FindUser(string @namespace, ImageTarget image)
    {
        foreach (var (key, cell) in cells)
        {
            if (key.Namespace == @namespace && (cell.State.Disk?.Digest == image.Digest || cell.Run is { End: null, Context.Image: { } loading } && loading.Digest == image.Digest))
                return key.Name;
        }

        return null;
    }

    /// <summary>Made from machine, number and time of the boot instead of drawn in turn, so that it does not depend on how threads take turns.</summary>
    internal string NewBootId(string machine, long boots, DateTimeOffset bootTime)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\n{machine}\n{boots}\n{bootTime.UtcTicks}"), hash);
        return new Guid(hash[..16]).ToString();
    }
}
