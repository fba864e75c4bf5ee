using FsCheck.Xunit;
using Provisioning.Kubernetes.LeaderElection;

namespace Provisioning.Kubernetes.Tests.LeaderElection;

public sealed class LeaderElectionSimulationTests
{
    private static readonly LeaderElectionOptions Options = SimulatedProcess.Options;

    // The longest way from one attempt to the success of the next one where nothing is lost.
    private static readonly TimeSpan Attempt = (Options.RetryPeriod * LeaderElectionOptions.Jitter) + TimeSpan.FromSeconds(0.3);

    [Property(MaxTest = 150)]
    public void Never_two_lead_at_once_whatever_the_network_and_the_processes_do(int seed)
    {
        var random = new Random(seed);
        var world = new SimulatedWorld(random) { Loss = random.NextDouble() * 0.4, MaxDelay = Math.Pow(10, (random.NextDouble() * 4) - 2.5) };

        // Clocks that run up to a tenth apart either way: well inside the 15 s to 10 s that the options allow for.
        for (var i = 0; i < 3; i++)
            world.Start(0.9 + (0.2 * random.NextDouble()));
        world.Run(TimeSpan.FromSeconds(150), () => Disturb(world));

        // When the network heals, one of them leads again in bounded time, and those that lost never asked again.
        (world.Loss, world.MaxDelay) = (0, 0.01);
        foreach (var process in world.Processes)
            process.IsPaused = false;
        world.RunUntil(() => world.Leaders.Any(), TimeSpan.FromSeconds(60));
        Assert.All(world.Processes, process => Assert.Empty(process.SentAfterLoss));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_crashed_leader_is_followed_when_its_lease_has_run_out(int seed)
    {
        var (world, leader, follower) = LeaderAndFollower(seed);
        leader.IsKilled = true;
        var taken = world.RunUntil(() => follower.Leads, TimeSpan.FromSeconds(30));
        
        // From the moment at which the follower saw the last renewal, which is at most one attempt before or after the crash.
        Assert.InRange(taken, Options.LeaseDuration - Attempt, Options.LeaseDuration + Attempt);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void A_leader_that_stops_is_followed_at_once(int seed)
    {
        var (world, leader, follower) = LeaderAndFollower(seed);
        leader.Stop();
        var taken = world.RunUntil(() => follower.Leads, TimeSpan.FromSeconds(30));
        Assert.InRange(taken, TimeSpan.Zero, Attempt);
        Assert.True(leader.HasEnded);
        Assert.False(leader.HasLost);
        Assert.Equal(1, world.Server.Get()!.Spec!.LeaseTransitions);
    }

    [Property(MaxTest = 60)]
    public void A_crash_is_healed_within_16_s_of_the_last_renewal_and_an_orderly_end_within_1_s(int seed) => AssertFollowedInTime(seed);

    [Theory]
    [InlineData(-36)]
    public void A_lease_is_given_back_although_a_renewal_that_was_cancelled_still_arrives(int seed) => AssertFollowedInTime(seed);

    [Fact]
    public void A_leader_that_cannot_reach_the_server_stops_leading_at_the_deadline_and_sends_nothing_more()
    {
        var (world, leader, follower) = LeaderAndFollower(6);
        world.Loss = 1;
        var held = world.RunUntil(() => leader.HasLost, TimeSpan.FromSeconds(30));
        Assert.InRange(held, Options.RenewDeadline - Attempt, Options.RenewDeadline);
        world.Loss = 0;
        world.Run(TimeSpan.FromSeconds(30));
        Assert.Empty(leader.SentAfterLoss);
        Assert.True(leader.HasEnded);
        Assert.True(follower.Leads);
    }

    [Fact]
    public void One_lost_reply_does_not_end_a_leadership()
    {
        var (world, leader, _) = LeaderAndFollower(7);
        for (var i = 0; i < 10; i++)
        {
            world.Loss = 1;
            world.Run(TimeSpan.FromSeconds(1));
            world.Loss = 0;
            world.Run(TimeSpan.FromSeconds(10));
        }

        Assert.True(leader.Leads);
    }

    [Fact]
    public void A_process_that_was_paused_beyond_its_lease_does_not_lead_when_it_wakes()
    {
        var (world, leader, follower) = LeaderAndFollower(8);
        leader.IsPaused = true;
        world.RunUntil(() => follower.Leads, TimeSpan.FromSeconds(30));
        leader.IsPaused = false;
        world.Run(TimeSpan.FromSeconds(20));
        Assert.True(leader.HasLost);
        Assert.Empty(leader.SentAfterLoss);
        Assert.True(follower.Leads);
    }

    [Fact]
    public void A_lease_that_someone_deletes_is_not_taken_before_its_leader_knows()
    {
        var (world, leader, _) = LeaderAndFollower(9);
        world.Server.Delete();
        world.Run(TimeSpan.FromSeconds(40));
        Assert.True(leader.Leads);
        Assert.Equal(leader.Identity, world.Server.Get()!.Spec!.HolderIdentity);
    }

    private static void AssertFollowedInTime(int seed)
    {
        var random = new Random(seed);
        var (world, leader, follower) = LeaderAndFollower(seed);
        // The worst moment of a crash is the one right after a renewal.
        var renewed = world.Server.Get()!.Metadata.ResourceVersion;
        world.RunUntil(() => world.Server.Get()!.Metadata.ResourceVersion != renewed, TimeSpan.FromSeconds(5));
        leader.IsKilled = true;
        Assert.InRange(world.RunUntil(() => follower.Leads, TimeSpan.FromSeconds(30)), Options.LeaseDuration, TimeSpan.FromSeconds(16));

        var third = world.Start();
        world.Run(TimeSpan.FromSeconds(5 + (4 * random.NextDouble())));
        follower.Stop();
        Assert.InRange(world.RunUntil(() => third.Leads, TimeSpan.FromSeconds(30)), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    private static (SimulatedWorld World, SimulatedProcess Leader, SimulatedProcess Follower) LeaderAndFollower(int seed)
    {
        var world = new SimulatedWorld(new Random(seed));
        var leader = world.Start();
        world.RunUntil(() => leader.Leads, TimeSpan.FromSeconds(1));
        var follower = world.Start();
        world.Run(TimeSpan.FromSeconds(30));
        Assert.True(leader.Leads);
        return (world, leader, follower);
    }

    private static void Disturb(SimulatedWorld world)
    {
        foreach (var process in world.Processes.ToArray())
        {
            switch (world.Random.Next(2000))
            {
                case < 4:
                    process.IsPaused = true;
                    break;
                case < 30:
                    process.IsPaused = false;
                    break;
                case 30:
                    process.IsKilled = true;
                    break;
                case 31 when !process.IsPaused:
                    process.Stop();
                    break;
            }
        }

        // Processes that have ended are started anew, with another identity.
        if (world.Processes.Count(process => !process.HasEnded) < 3 && world.Random.Next(20) == 0)
            world.Start(0.9 + (0.2 * world.Random.NextDouble()));
    }
}
