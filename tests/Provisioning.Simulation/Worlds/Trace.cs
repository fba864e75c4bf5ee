using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Provisioning.Simulation.Worlds;

/// <summary>Everything that happened, a line each. Two runs of one seed have the same lines, byte for byte.</summary>
internal sealed class Trace(VirtualClock clock)
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>SHA-256 of all lines.</summary>
    public string Digest
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var line in _lines)
            {
                hash.AppendData(Encoding.UTF8.GetBytes(line));
                hash.AppendData("\n"u8);
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    public void Add(string who, string what) => _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds,10:0.000} {who,-6} {what}"));
}
