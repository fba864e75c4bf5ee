namespace Provisioning.Ssh.Jobs;

/// <summary>Where the jobs of one operation live on a host, and how they are fenced. All strings are plain names or absolute paths.</summary>
/// <param name="Directory">Directory of what is worked on; jobs are kept in its sub-directory "jobs".</param>
/// <param name="FenceFile">Absolute path of the file that holds the highest operation number seen; it outlives the directory.</param>
/// <param name="Owner">Who counts the operations: the uid of the object. An owner that was replaced by another never gets in again.</param>
/// <param name="Sequence">Number of the operation among those of its owner. A lower one than the host has seen is refused.</param>
/// <param name="OperationId">Id of the operation.</param>
public sealed record JobScope(string Directory, string FenceFile, string Owner, long Sequence, string OperationId);
