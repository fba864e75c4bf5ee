namespace Provisioning.Examples.Engine;

/// <summary>Machines that are folders on a local disk: a small engine, whole, to begin another one from.</summary>
/// <param name="root">Folder with "machines" and "images".</param>
/// <param name="clock">Clock.</param>
public sealed class DirectoryEngine(string root, TimeProvider clock) : IProvisioningEngine
{
    public EngineCapabilities Capabilities =>
        EngineCapabilities.Load | EngineCapabilities.Capture | EngineCapabilities.PowerOn | EngineCapabilities.PowerOff | EngineCapabilities.PowerReset
        | EngineCapabilities.PowerState | EngineCapabilities.Unload | EngineCapabilities.Images;

    private string Images => Path.Combine(root, "images");

    public Task<EngineReport> ProbeAsync(CancellationToken cancellationToken) => AnswerAsync(
        () => new EngineReport(Directory.Exists(Images) ? Fact.Yes : Fact.Not(Reasons.HostUnreachable, $"{Images} does not exist. Mount it."), Fact.Yes, root, "1"), cancellationToken);
    public Task<Observation> ObserveAsync(NodeTarget node, CancellationToken cancellationToken) => AnswerAsync(() => Observe(node), cancellationToken);
    public async Task<CurrentImageReading> GetCurrentImageAsync(NodeTarget node, CancellationToken cancellationToken) => (await ObserveAsync(node, cancellationToken)).CurrentImage;

    public Task<OperationOutcome> LoadAsync(OperationContext operation, CancellationToken cancellationToken) => DriveAsync(operation, machine =>
    {
        var (id, image) = (operation.Operation.Id, operation.Image!);
        if (machine.Current != id)
        {
            if (Find(image) is { Exists.IsYes: false } answer)
                return OperationOutcome.Failed(answer.Exists.Reason!, $"{image.FileName} cannot be loaded: {answer.Exists.Detail}", FailureKind.NeedsPerson) with { MachineUntouched = true };
            machine.MakeDisk(id, image, PathOf(image));
            // Recorded before the effect that cannot be taken back: whoever comes after a crash finds this step.
            if (operation.Operation.Step != "Switch")
                return OperationOutcome.Running("Switch", "The disk is made; putting it in place.") with { Record = true, MadeProgress = true };
            machine.CutPower();
            machine.Use(id);
            return OperationOutcome.Running("Boot", "The disk is in place; powering on.");
        }

        machine.RemoveOtherDisks();
        if (machine.Power is null)
            machine.Boot(id);
        return OperationOutcome.Succeeded($"{image.Name} revision {image.Revision} is loaded.");
    }, cancellationToken);

    public Task<OperationOutcome> PostLoadAsync(OperationContext operation, CancellationToken cancellationToken) =>
        DriveAsync(operation, machine => machine.Exists ? Done(() => { }, "A folder needs no configuration.") : Missing, cancellationToken);

    public Task<OperationOutcome> CaptureAsync(OperationContext operation, CancellationToken cancellationToken) => DriveAsync(operation, machine =>
    {
        if (!machine.Exists)
            return Missing;
        machine.CutPower();
        var capture = operation.Capture!;
        var (name, temporary) = ($"{capture.ImageName}-{capture.Revision}.raw", Path.Combine(Images, $".capture-{operation.Operation.Id}"));
        File.Copy(machine.DataPath, temporary, overwrite: true);
        var (digest, size) = (DigestOf(temporary), new FileInfo(temporary).Length);
        // Never over another file: the rename of a second run finds its own contents there.
        if (!File.Exists(Path.Combine(Images, name)))
            File.Move(temporary, Path.Combine(Images, name));
        File.Delete(temporary);
        return DigestOf(Path.Combine(Images, name)) == digest
            ? OperationOutcome.Succeeded($"Captured into {name}.") with { CapturedImage = new() { Digest = digest, SizeBytes = size, Format = ImageFormat.Raw, FileName = name } }
            : OperationOutcome.Failed(Reasons.ImageNameTaken, $"{name} exists with other contents. Capture under another name.", FailureKind.NeedsPerson) with { MachineUntouched = true };
    }, cancellationToken);

    public Task<OperationOutcome> PowerOnAsync(OperationContext operation, CancellationToken cancellationToken) =>
        DriveAsync(operation, machine => Boot(machine, machine.Power ?? operation.Operation.Id), cancellationToken);

    // The effect carries the operation's id, so that a repeated call finds it done.
    public Task<OperationOutcome> PowerResetAsync(OperationContext operation, CancellationToken cancellationToken) =>
        DriveAsync(operation, machine => Boot(machine, operation.Operation.Id), cancellationToken);
    public Task<OperationOutcome> PowerOffAsync(OperationContext operation, PowerOffMode mode, CancellationToken cancellationToken) =>
        DriveAsync(operation, machine => Done(machine.CutPower, "The machine is off."), cancellationToken);
    public Task<OperationOutcome> UnloadAsync(OperationContext operation, CancellationToken cancellationToken) =>
        DriveAsync(operation, machine => Done(machine.Empty, "The machine is empty."), cancellationToken);
    public Task<OperationOutcome> AbandonAsync(OperationContext operation, CancellationToken cancellationToken) =>
        DriveAsync(operation, machine => Done(machine.RemoveOtherDisks, "What the operation left is removed."), cancellationToken, abandons: true);

    public Task<ImageAnswer> GetImageAsync(ImageTarget image, bool verify, CancellationToken cancellationToken) => AnswerAsync(() => Find(image), cancellationToken);
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static OperationOutcome Missing =>
        OperationOutcome.Failed(Reasons.MachineMissing, "The machine has no disk. Load an image: give the Node an imageRef.", FailureKind.NeedsPerson) with { MachineUntouched = true };

    private static OperationOutcome Boot(MachineFolder machine, string id) =>
        !machine.Exists ? Missing : Done(() => { if (machine.Power != id) machine.Boot(id); }, "The machine is on.");

    private static OperationOutcome Done(Action act, string message)
    {
        act();
        return OperationOutcome.Succeeded(message);
    }

    private string PathOf(ImageTarget image) => Path.Combine(Images, image.FileName);

    private ImageAnswer Find(ImageTarget image) => !Directory.Exists(Images) ? ImageAnswer.Unknown(Reasons.HostUnreachable, $"{Images} does not exist. Mount it.")
        : !File.Exists(PathOf(image)) ? ImageAnswer.No(Reasons.ImageFileMissing, $"{PathOf(image)} does not exist. Put the file there.")
        : DigestOf(PathOf(image)) != image.Digest ? ImageAnswer.No(Reasons.ImageDigestMismatch, $"{PathOf(image)} has another digest.")
        : ImageAnswer.Yes(new FileInfo(PathOf(image)).Length, PathOf(image));

    private Observation Observe(NodeTarget node)
    {
        var machine = new MachineFolder(root, node);
        if (machine.IsUnreadable)
            return Observation.Nothing(clock.GetUtcNow(), Directory.Exists(root) ? Reasons.UnexpectedAnswer : Reasons.HostUnreachable, $"The folder of machines in {root} cannot be read. Mount it.");
        var seen = new Observation { Time = clock.GetUtcNow(), CredentialsAccepted = Fact.Yes, Power = machine.Power is null ? PowerReading.Off : PowerReading.On };
        return machine.Exists
            ? seen with { Exists = Fact.Yes, Configured = Fact.Yes, Tainted = Fact.No, BootId = machine.Power, EngineImage = machine.Image[2], CurrentImage = CurrentImageReading.Image(machine.Image[0], machine.Image[1], machine.Current) }
            : seen with { Exists = Fact.Not(Reasons.MachineMissing), CurrentImage = CurrentImageReading.None(Reasons.MachineMissing) };
    }

    /// <summary>One step, if the machine can be read and no newer operation has claimed it. What breaks on the way is asked for again.</summary>
    private Task<OperationOutcome> DriveAsync(OperationContext operation, Func<MachineFolder, OperationOutcome> step, CancellationToken cancellationToken, bool abandons = false) => AnswerAsync(() =>
    {
        var machine = new MachineFolder(root, operation.Node);
        if (machine.IsUnreadable)
            return OperationOutcome.Running("", $"The folder of machines in {root} cannot be read.", TimeSpan.FromSeconds(10)) with { Step = operation.Operation.Step };
        return machine.TryClaim(operation.Operation, abandons)
            ? step(machine)
            : OperationOutcome.Failed(Reasons.Fenced, $"{operation.Operation.Id} was abandoned, or a newer operation has taken the machine over. Nothing was done.") with { MachineUntouched = true };
    }, cancellationToken);

    private static string DigestOf(string path) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    private static Task<T> AnswerAsync<T>(Func<T> answer, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled<T>(cancellationToken) : Task.Run(answer, cancellationToken);
}
