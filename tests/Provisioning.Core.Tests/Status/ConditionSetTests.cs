using System.Text;
using Provisioning.Api.Meta;
using Provisioning.Core.Status;

namespace Provisioning.Core.Tests.Status;

public sealed class ConditionSetTests
{
    private static readonly DateTimeOffset Then = Situations.Now.AddHours(-1);

    private static readonly Condition[] Previous = [new() { Type = "Ready", Status = ConditionStatus.True, Reason = "AsDeclared", Message = "m", ObservedGeneration = 1, LastTransitionTime = Then }];

    [Fact]
    public void The_transition_time_moves_when_the_status_flips() =>
        Assert.Equal(Situations.Now, Set(ConditionStatus.False, "Other", "o").LastTransitionTime);

    [Fact]
    public void The_transition_time_stays_when_only_reason_message_and_generation_change()
    {
        var condition = Set(ConditionStatus.True, "Other", "o");
        Assert.Equal((Then, "Other", "o", 2), (condition.LastTransitionTime, condition.Reason, condition.Message, condition.ObservedGeneration));
    }

    [Fact]
    public void Times_have_whole_seconds_so_that_they_read_back_equal() =>
        Assert.Equal(0, new ConditionSet([], 2, Situations.Now.AddMilliseconds(250)).Set("Ready", ConditionStatus.True, "A", "a").Conditions[0].LastTransitionTime.Millisecond);

    [Fact]
    public void A_kept_condition_keeps_its_generation_because_it_says_nothing_of_a_newer_spec() =>
        Assert.Equal(Previous, new ConditionSet(Previous, 2, Situations.Now).Keep("Ready").Keep("Absent").Conditions);

    [Theory]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(5000)]
    public void Messages_are_bounded(int length) => Assert.Equal(1024, Set(ConditionStatus.True, "A", new('x', length)).Message.Length);

    [Theory]
    [InlineData(1021)]
    [InlineData(1022)]
    [InlineData(1023)]
    public void A_cut_message_survives_UTF_8(int before)
    {
        var message = Set(ConditionStatus.True, "A", new string('x', before) + string.Concat(Enumerable.Repeat("😀", 20))).Message;
        Assert.True(message.Length <= 1024);
        Assert.Equal(message, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(message)));
    }

    [Fact]
    public void A_reason_is_never_empty_for_the_API_server_would_refuse_the_whole_status() => Assert.NotEmpty(Set(ConditionStatus.True, "", "m").Reason);

    private static Condition Set(ConditionStatus status, string reason, string message) =>
        new ConditionSet(Previous, 2, Situations.Now).Set("Ready", status, reason, message).Conditions[0];
}
