# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Shared by the scripts that take packages from the machine's own Debian mirror
# without touching /etc/apt: they have a private apt directory, $apt, with a
# sources.list of their own. Sourced, never run.

# The machine's Debian archives as "URI SUITE KEYRING", one a line. An archive
# whose index was never fetched has no origin yet: judge it by its path.
machine_suites()
{
	local uri suite origin entry key
	# shellcheck disable=SC2016	# apt's variables, not the shell's
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(ORIGIN) $(SOURCESENTRY)' \
		'Created-By: Packages' 'Component: main' | sort -u |
	while read -r uri suite origin entry; do
		case $origin:$uri in
		Debian:*) ;;
		\$*:*/debian/ | \$*:*/debian-security/) ;;
		*) continue ;;
		esac
		key=$(sed -n 's/^[^#]*[Ss]igned-[Bb]y[:=][[:space:]]*\(\/[^],[:space:]]*\).*/\1/p' \
			"${entry%:*}" 2>/dev/null | head -n 1)
		printf '%s %s %s\n' "$uri" "$suite" \
			"${key:-/usr/share/keyrings/debian-archive-keyring.gpg}"
	done
}

apt_private()
{
	"$@" -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" \
		-o Dir::Log="$apt" -o APT::Sandbox::User=root -o APT::Update::Post-Invoke::= \
		-o Acquire::Languages=none -o Acquire::Retries=2
}
