namespace Provisioning.Examples.Engine;

/// <summary>
/// One machine: FOLDER/fence (the newest operation), FOLDER/current (which disk is in use), FOLDER/power (it is on; names the operation that booted it), and
/// FOLDER/disks/OPERATION/{data,image}. Every file is written beside its place and renamed, so that a reader sees all of it or nothing.
/// </summary>
internal sealed class MachineFolder(string root, NodeTarget node)
{
    private readonly string _folder = Path.Combine(root, "machines", $"{node.Namespace}.{node.Name}");

    public bool Exists => Current is not null;

    /// <summary>A plain file in its place is no machine, and nobody can say what is.</summary>
    public bool IsUnreadable => File.Exists(_folder) || !Directory.Exists(Path.Combine(root, "machines"));

    public string? Current => Read("current");
    public string? Power => Read("power");

    /// <summary>Name, revision id and digest.</summary>
    public string[] Image => File.ReadAllLines(Path.Combine(DiskOf(Current!), "image"));

    public string DataPath => Path.Combine(DiskOf(Current!), "data");

    /// <summary>Makes this operation the newest one. False if a newer one has been here, or this one was abandoned: then nothing may be done.</summary>
    public bool TryClaim(OperationStatus operation, bool abandons)
    {
        var (mine, known) = (abandons ? operation.Id + "/abandoned" : operation.Id, Read("fence")?.Split(' '));
        // A Node that was deleted and created again has another uid, and counts anew.
        if (known is [var uid, var number, var id] && uid == node.Uid && long.Parse(number) is var newest
            && (newest > operation.Sequence || (newest == operation.Sequence && id != mine && !(abandons && id == operation.Id))))
            return false;
        Write("fence", $"{node.Uid} {operation.Sequence} {mine}");
        return true;
    }

    public void Boot(string operationId) => Write("power", operationId);
    public void Use(string operationId) => Write("current", operationId);
    public void CutPower() => File.Delete(Path.Combine(_folder, "power"));

    public void MakeDisk(string operationId, ImageTarget image, string file)
    {
        var disk = Directory.CreateDirectory(DiskOf(operationId)).FullName;
        File.Copy(file, Path.Combine(disk, "data"), overwrite: true);
        File.WriteAllLines(Path.Combine(disk, "image"), [image.Name, image.RevisionId, image.Digest]);
    }

    /// <summary>Removes the disks that are not in use.</summary>
    public void RemoveOtherDisks()
    {
        string[] disks = Directory.Exists(DiskOf("")) ? Directory.GetDirectories(DiskOf("")) : [];
        foreach (var disk in disks.Where(disk => Path.GetFileName(disk) != Current))
            Directory.Delete(disk, recursive: true);
    }

    /// <summary>Only the fence stays, so that an older operation still finds it.</summary>
    public void Empty()
    {
        CutPower();
        File.Delete(Path.Combine(_folder, "current"));
        RemoveOtherDisks();
    }

    private string DiskOf(string operationId) => Path.Combine(_folder, "disks", operationId);

    private string? Read(string name) => File.Exists(Path.Combine(_folder, name)) ? File.ReadAllText(Path.Combine(_folder, name)) : null;

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Path.Combine(_folder, name + ".new"), text);
        File.Move(Path.Combine(_folder, name + ".new"), Path.Combine(_folder, name), overwrite: true);
    }
}
