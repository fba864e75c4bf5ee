using Provisioning.Api;
using Provisioning.Api.Machines;

namespace Provisioning.Engines.XCat.Parsing;

/// <summary>Reads answers of "rpower NODES stat". Pure. Whatever is not exactly a known word is unknown, never off.</summary>
internal static class PowerAnswers
{
    /// <summary>The power of a node.</summary>
    public static PowerReading Read(string node, NodeAnswer answer)
    {
        if (answer.Error is { } error)
        {
            return PowerReading.Unknown(Reasons.CommandFailed, XCatErrors.KindOf(error) == XCatErrorKind.Timeout
                ? $"The management node got no answer from the controller of {node} ({Excerpts.Of(error)}). Look whether its BMC is up, and at its address and login in 'lsdef {node}'."
                : $"rpower could not read the power of {node}: {Excerpts.Of(error)}");
        }

        var words = answer.Data.Select(Word).Distinct().ToList();
        return words switch
        {
            [PowerValue.On] => PowerReading.On,
            [PowerValue.Off] => PowerReading.Off,
            [] => PowerReading.Unknown(Reasons.UnexpectedAnswer, $"rpower said nothing about {node}."),
            _ => PowerReading.Unknown(Reasons.UnexpectedAnswer, $"rpower said about {node}: '{Excerpts.Of(string.Join("; ", answer.Data))}'."),
        };
    }

    // ipmi and kvm say on and off, hmc the words of its firmware.
    private static PowerValue Word(string data) => data.ToUpperInvariant() switch
    {
        "ON" or "RUNNING" => PowerValue.On,
        "OFF" or "NOT ACTIVATED" => PowerValue.Off,
        _ => PowerValue.Unknown,
    };
}
