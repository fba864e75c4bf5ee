using System.CommandLine;
using Provisioning.Cli.Connecting;

namespace Provisioning.Cli.Commands;

/// <summary>completion: scripts that make a shell complete this program.</summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            # bash: source <(kubectl-provision completion bash)
            _kubectl_provision() {
                local line directive=:0 candidates=()
                while IFS= read -r line; do
                    case $line in :*) directive=$line ;; *) candidates+=("${line%%$'\t'*}") ;; esac
                done < <(kubectl-provision __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
                COMPREPLY=("${candidates[@]}")
                if [ "$directive" = :0 ]; then compopt -o default 2>/dev/null; else compopt +o default 2>/dev/null; fi
            }
            complete -F _kubectl_provision kubectl-provision
            """,
        ["zsh"] = """
            #compdef kubectl-provision
            # zsh: source <(kubectl-provision completion zsh)
            _kubectl_provision() {
                local line directive=:0
                local -a candidates
                while IFS= read -r line; do
                    case $line in
                        :*) directive=$line ;;
                        *) candidates+=("${${line//:/\\:}/$'\t'/:}") ;;
                    esac
                done < <(kubectl-provision __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
                if [[ $directive == :0 ]]; then _files; else _describe kubectl-provision candidates; fi
            }
            compdef _kubectl_provision kubectl-provision
            """,
        ["fish"] = """
            # fish: kubectl-provision completion fish | source
            function __kubectl_provision_complete
                set -l words (commandline -opc) (commandline -ct)
                kubectl-provision __complete $words[2..-1] 2>/dev/null | string match -rv '^:'
            end
            complete -c kubectl-provision -f -a '(__kubectl_provision_complete)'
            complete -c kubectl-provision -n '__fish_seen_argument -s f -l filename -l kubeconfig' -F
            """,
        ["kubectl"] = """
            #!/bin/sh
            # kubectl asks the program kubectl_complete-provision for completions of "kubectl provision". Put this file, executable, into a folder of $PATH.
            exec kubectl-provision __complete "$@"
            """,
    };

    public static Command Create(CommandHost host)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh, fish; or kubectl, for the file kubectl_complete-provision, with which kubectl completes \"kubectl provision\"." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", "Print a script that makes your shell complete this program.") { shell };
        command.SetAction(parsed =>
        {
            host.Terminal.Output.WriteLine(Scripts[parsed.GetRequiredValue(shell)]);
            return ExitCodes.Done;
        });
        return command;
    }
}
