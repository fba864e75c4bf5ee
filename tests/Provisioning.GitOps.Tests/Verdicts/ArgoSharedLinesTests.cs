using Provisioning.GitOps.Tests.Support;

namespace Provisioning.GitOps.Tests.Verdicts;

/// <summary>
/// The four checks are made from one text: Argo CD wants each file complete in itself, and what is mended in one must be mended in all. UPDATE_GITOPS=1 writes them anew.
/// </summary>
public sealed class ArgoSharedLinesTests
{
    private static readonly Dictionary<string, Check> Checks = new()
    {
        ["Node"] = new("nodes", "A Node is Healthy when the machine is as declared, Progressing while the operator works or waits, Degraded when only a person can help, Suspended when paused or when an approval is awaited.", CanPause: true, CanAwaitApproval: true),
        ["Image"] = new("images", "An Image is Healthy when a Provisioner has its file whole, Degraded when somebody has to bring or mend it."),
        ["ImageCapture"] = new("imagecaptures", "An ImageCapture runs once: Progressing until it is done, then Healthy for good; Degraded when it failed or cannot begin, Suspended while an approval is awaited.", CanAwaitApproval: true),
        ["Provisioner"] = new("provisioners", "A Provisioner is Healthy when its endpoint answers, Progressing while it is waited for, Degraded when somebody has to act."),
    };

    public static TheoryData<string> Kinds => [.. Checks.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_check_is_what_the_one_text_makes_of_its_kind(string kind)
    {
        var path = Path.Combine(ArgoHealth.Folder(kind), "health.lua");
        var made = Checks[kind].Text;
        if (Environment.GetEnvironmentVariable("UPDATE_GITOPS") == "1")
            File.WriteAllText(path, made);
        Assert.True(made == File.ReadAllText(path), $"{path} is not what this test makes. Change the text here, run the test with UPDATE_GITOPS=1, then commit the result.");
    }

    private sealed record Check(string Plural, string Meaning, bool CanPause = false, bool CanAwaitApproval = false)
    {
        private const string Begin = """
            if obj.status == nil or obj.status.conditions == nil then
              return { status = "Progressing", message = "Waiting for the operator" }
            end
            if obj.status.observedGeneration ~= nil and obj.status.observedGeneration ~= obj.metadata.generation then
              return { status = "Progressing", message = "Waiting for the operator to see the change" }
            end

            local conditions = {}
            for _, condition in ipairs(obj.status.conditions) do
              conditions[condition.type] = condition
            end
            local function is(kind)
              return conditions[kind] ~= nil and conditions[kind].status == "True"
            end


            """;

        private const string Paused = """
            if is("Paused") then
              return { status = "Suspended", message = conditions.Paused.message }
            end

            """;

        private const string Approval = """
              -- An approval that is awaited is no fault: a sync waits for it instead of failing.
              if conditions.Stalled.reason == "PendingApproval" then
                return { status = "Suspended", message = conditions.Stalled.message }
              end

            """;

        private const string End = """
              return { status = "Degraded", message = conditions.Stalled.message }
            end
            if is("Ready") then
              return { status = "Healthy", message = conditions.Ready.message }
            end
            return { status = "Progressing", message = conditions.Ready ~= nil and conditions.Ready.message or "Waiting for the operator" }

            """;

        public string Text =>
            $"-- Health of {Plural}.provisioning.dev for Argo CD; the folders are laid out as Argo CD's own resource_customizations.\n-- {Meaning}\n{Begin}{(CanPause ? Paused : "")}if is(\"Stalled\") then\n{(CanAwaitApproval ? Approval : "")}{End}";
    }
}
