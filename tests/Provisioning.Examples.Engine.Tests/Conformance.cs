using Provisioning.Engines.Conformance;

namespace Provisioning.Examples.Engine.Tests;

public sealed class Directory_verbs() : VerbSuite(new FolderWorld());

public sealed class Directory_answers() : AnswerSuite(new FolderWorld());

public sealed class Directory_crashes() : CrashSuite(new FolderWorld());

public sealed class Directory_fences() : FenceSuite(new FolderWorld());

public sealed class Directory_images() : ImageSuite(new FolderWorld());

public sealed class Directory_neighbours() : NeighbourSuite(new FolderWorld());

public sealed class Directory_secrets() : SecretSuite(new FolderWorld());

public sealed class Directory_lives() : LifeSuite(new FolderWorld());

public sealed class Directory_in_the_table() : TableSuite(new FolderWorld());
