#!/bin/sh
# Makes list.xml, an invented trusted list, and has xmlsec1 sign it as the real
# ones are (XAdES: one reference to the list, one to what is said of the
# signature). The keys are thrown away: to change the list, make all of it anew.
# Needs openssl and xmlsec1 (Debian: xmlsec1).
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# certificate NAME SUBJECT EXTENSION...: a certificate that signed itself
certificate() {
	name=$1 subject=$2
	shift 2
	extensions=""
	for e in "$@"; do extensions="$extensions -addext $e"; done
	# shellcheck disable=SC2086 # the extensions are words
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/$name.key" -out "$work/$name.pem" -days 10950 -utf8 -subj "$subject" $extensions 2>/dev/null
}

# der NAME: what stands in the list
der() { openssl x509 -in "$work/$1.pem" -outform DER | base64 -w 76; }

certificate signer "/C=IT/O=Agenzia Esempio/CN=Signer of the list" keyUsage=critical,digitalSignature
certificate cns "/C=IT/O=Regione Esempio/CN=Regione Esempio - CA Cittadini 2020" keyUsage=critical,keyCertSign,cRLSign
certificate cie "/C=IT/O=Ministero Esempio/CN=National root CA for invented cards" keyUsage=critical,keyCertSign,cRLSign
certificate gone "/C=IT/O=Regione Esempio/CN=Regione Esempio - CA Cittadini 2008" keyUsage=critical,keyCertSign,cRLSign
certificate seal "/C=IT/O=Esempio S.p.A./CN=Qualified signatures" keyUsage=critical,keyCertSign,cRLSign
printf '[req]\ndistinguished_name = dn\n[dn]\n' >"$work/plain"
openssl req -x509 -config "$work/plain" -newkey rsa:2048 -nodes -keyout "$work/leaf.key" -out "$work/leaf.pem" -days 10950 -subj "/C=IT/CN=No authority" \
	-addext basicConstraints=critical,CA:FALSE 2>/dev/null

# service TYPE STATUS CERTIFICATE
service() {
	cat <<-EOF
		    <TSPService><ServiceInformation>
		      <ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/$1</ServiceTypeIdentifier>
		      <ServiceName><Name xml:lang="it">Servizio è $3</Name></ServiceName>
		      <ServiceDigitalIdentity>
		        <DigitalId><X509Certificate>
		$(der "$3")
		        </X509Certificate></DigitalId>
		        <DigitalId><X509SubjectName>CN=$3</X509SubjectName></DigitalId>
		      </ServiceDigitalIdentity>
		      <ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/$2</ServiceStatus>
		      <StatusStartingTime>2020-01-01T00:00:00Z</StatusStartingTime>
		    </ServiceInformation></TSPService>
	EOF
}

cat >"$work/template.xml" <<EOF
<?xml version="1.0" encoding="UTF-8"?>
<!-- an invented list -->
<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="list" TSLTag="http://uri.etsi.org/19612/TSLTag">
<SchemeInformation>
  <TSLVersionIdentifier>6</TSLVersionIdentifier>
  <TSLSequenceNumber>42</TSLSequenceNumber>
  <TSLType>http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric</TSLType>
  <SchemeOperatorName><Name xml:lang="it">Agenzia Esempio</Name></SchemeOperatorName>
  <SchemeTerritory>IT</SchemeTerritory>
  <ListIssueDateTime>2026-11-01T00:00:00Z</ListIssueDateTime>
  <NextUpdate><dateTime>2027-04-30T00:00:00Z</dateTime></NextUpdate>
</SchemeInformation>
<TrustServiceProviderList><TrustServiceProvider>
  <TSPInformation><TSPName><Name xml:lang="it">Esempio</Name></TSPName></TSPInformation>
  <TSPServices>
$(service IdV recognisedatnationallevel cns)
$(service IdV granted cie)
$(service IdV deprecatedatnationallevel gone)
$(service CA/QC granted seal)
$(service IdV recognisedatnationallevel leaf)
  </TSPServices>
</TrustServiceProvider></TrustServiceProviderList>
<ds:Signature Id="signature"><ds:SignedInfo>
  <ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
  <ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
  <ds:Reference URI="#said" Type="http://uri.etsi.org/01903#SignedProperties">
    <ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>
    <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/>
  </ds:Reference>
  <ds:Reference URI="">
    <ds:Transforms>
      <ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
      <ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
    </ds:Transforms>
    <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/>
  </ds:Reference>
</ds:SignedInfo><ds:SignatureValue/>
<ds:KeyInfo><ds:X509Data><ds:X509Certificate>$(der signer)</ds:X509Certificate></ds:X509Data></ds:KeyInfo>
<ds:Object><xades:QualifyingProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" Target="#signature"><xades:SignedProperties Id="said"><xades:SignedSignatureProperties><xades:SigningTime>2026-11-01T00:00:00Z</xades:SigningTime></xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties></ds:Object>
</ds:Signature></TrustServiceStatusList>
EOF
xmlsec1 --sign --id-attr:Id SignedProperties --privkey-pem "$work/signer.key" --output list.xml "$work/template.xml"
cp "$work/signer.pem" signer.pem
