using Provisioning.Engines.Conformance;

namespace Provisioning.Engines.Lab.Tests.Conformance;

public sealed class Lab_verbs() : VerbSuite(new LabWorld());

public sealed class Lab_answers() : AnswerSuite(new LabWorld());

public sealed class Lab_crashes() : CrashSuite(new LabWorld());

public sealed class Lab_fences() : FenceSuite(new LabWorld());

public sealed class Lab_images() : ImageSuite(new LabWorld());

public sealed class Lab_neighbours() : NeighbourSuite(new LabWorld());

public sealed class Lab_secrets() : SecretSuite(new LabWorld());

public sealed class Lab_lives() : LifeSuite(new LabWorld());

public sealed class Lab_in_the_table() : TableSuite(new LabWorld());
