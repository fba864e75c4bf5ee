using Provisioning.Engines.Conformance;

namespace Provisioning.Engines.Configuration.Tests.Conformance;

public sealed class Configuration_verbs() : VerbSuite(new ConfigurationWorld());

public sealed class Configuration_answers() : AnswerSuite(new ConfigurationWorld());

public sealed class Configuration_crashes() : CrashSuite(new ConfigurationWorld());

public sealed class Configuration_fences() : FenceSuite(new ConfigurationWorld());

public sealed class Configuration_images() : ImageSuite(new ConfigurationWorld());

public sealed class Configuration_neighbours() : NeighbourSuite(new ConfigurationWorld());

public sealed class Configuration_secrets() : SecretSuite(new ConfigurationWorld());

public sealed class Configuration_lives() : LifeSuite(new ConfigurationWorld());

public sealed class Configuration_in_the_table() : TableSuite(new ConfigurationWorld());
